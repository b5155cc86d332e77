// Eight lanes at once, and which instructions this processor has for them.
//
// A kernel's body is written once, over F8, as KEFU_INLINE functions; KEFU_AVX2 and KEFU_AVX512
// functions that call it make the same text into other instructions. Products are rounded before
// they are added unless `fma8` says otherwise, and `sum` adds in one order: so a path gives the
// same bits for any chunking, and paths differ by fused roundings alone.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#define KEFU_INLINE inline __attribute__((always_inline))

#if defined(__x86_64__)
#define KEFU_AVX2 __attribute__((target("avx2,fma,bmi2")))
#define KEFU_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,bmi2")))
#else
// Never chosen: best_path() is kPortable there, which compiles to NEON on arm64.
#define KEFU_AVX2
#define KEFU_AVX512
#endif

namespace kefu {

enum class Path { kPortable, kAvx2, kAvx512 };

// The fastest path that this processor runs; asked of it once.
Path best_path();
// All that it runs, kPortable first.
const std::vector<Path>& paths();
// "portable" ("neon" on arm64), "avx2", "avx512".
const char* path_name(Path path);

using F8 = float __attribute__((vector_size(32)));
using I8 = int32_t __attribute__((vector_size(32)));

KEFU_INLINE F8 load8(const float* from) {
  F8 value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

KEFU_INLINE void store8(float* to, F8 value) { std::memcpy(to, &value, sizeof value); }

KEFU_INLINE F8 all8(float value) {
  return F8{value, value, value, value, value, value, value, value};
}

// In pairs: (0+4 + 2+6) + (1+5 + 3+7).
KEFU_INLINE float sum(F8 value) {
  const float even = (value[0] + value[4]) + (value[2] + value[6]);
  const float odd = (value[1] + value[5]) + (value[3] + value[7]);
  return even + odd;
}

// a * b + c. `fused`: one rounding, where the instruction set of the caller has it.
template <bool fused>
KEFU_INLINE F8 fma8(F8 a, F8 b, F8 c) {
  if constexpr (fused) {
    F8 result;
    for (int lane = 0; lane < 8; ++lane) result[lane] = __builtin_fmaf(a[lane], b[lane], c[lane]);
    return result;
  } else {
    return a * b + c;
  }
}

}  // namespace kefu
