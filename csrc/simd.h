// Eight lanes at once, and which instructions this processor has for them.
//
// A kernel's body is written once, as KEFU_INLINE templates over the type V of eight lanes: F8, or
// Halves where registers hold four floats (SSE2, NEON), since compilers take an F8 apart there by
// way of memory, up to ten times slower. KEFU_AVX2 and KEFU_AVX512 functions that call it make the
// same text into other instructions. Lane by lane F8 and Halves give the same bits. Products are
// rounded before they are added unless `fma8` says otherwise, and `sum` adds in one order: so a
// path gives the same bits for any chunking, and paths differ by fused roundings alone.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
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
using F4 = float __attribute__((vector_size(16), may_alias));
using I4 = int32_t __attribute__((vector_size(16)));

struct Halves {
  F4 low;
  F4 high;
};

KEFU_INLINE Halves operator+(Halves a, Halves b) { return {a.low + b.low, a.high + b.high}; }
KEFU_INLINE Halves operator-(Halves a, Halves b) { return {a.low - b.low, a.high - b.high}; }
KEFU_INLINE Halves operator-(Halves a) { return {-a.low, -a.high}; }
KEFU_INLINE Halves operator*(Halves a, Halves b) { return {a.low * b.low, a.high * b.high}; }
KEFU_INLINE Halves operator*(Halves a, float b) { return {a.low * b, a.high * b}; }
KEFU_INLINE Halves operator/(Halves a, Halves b) { return {a.low / b.low, a.high / b.high}; }

template <typename V>
KEFU_INLINE V load(const float* from) {
  if constexpr (std::is_same_v<V, Halves>) {
    return {load<F4>(from), load<F4>(from + 4)};  // 32 bytes at once would go by way of memory
  } else {
    V value;
    std::memcpy(&value, from, sizeof value);
    return value;
  }
}

template <typename V>
KEFU_INLINE void store(float* to, V value) {
  if constexpr (std::is_same_v<V, Halves>) {
    store(to, value.low);
    store(to + 4, value.high);
  } else {
    std::memcpy(to, &value, sizeof value);
  }
}

KEFU_INLINE F8 load8(const float* from) {
  F8 value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

KEFU_INLINE void store8(float* to, F8 value) { std::memcpy(to, &value, sizeof value); }

KEFU_INLINE F8 all8(float value) {
  return F8{value, value, value, value, value, value, value, value};
}

template <typename V>
KEFU_INLINE V all(float value) {
  if constexpr (std::is_same_v<V, Halves>) {
    return {F4{value, value, value, value}, F4{value, value, value, value}};
  } else {
    return all8(value);
  }
}

// The larger of each lane; `b` where one is NaN.
KEFU_INLINE F8 larger(F8 a, F8 b) { return a > b ? a : b; }
KEFU_INLINE Halves larger(Halves a, Halves b) {
  return {a.low > b.low ? a.low : b.low, a.high > b.high ? a.high : b.high};
}

KEFU_INLINE float largest(F4 value) {
  const float even = value[0] > value[2] ? value[0] : value[2];
  const float odd = value[1] > value[3] ? value[1] : value[3];
  return even > odd ? even : odd;
}
KEFU_INLINE float largest(Halves value) {
  return largest(value.low > value.high ? value.low : value.high);
}
KEFU_INLINE float largest(F8 value) {
  Halves halves;
  std::memcpy(&halves, &value, sizeof halves);
  return largest(halves);
}

// In pairs: (0+4 + 2+6) + (1+5 + 3+7).
KEFU_INLINE float sum(F8 value) {
  const float even = (value[0] + value[4]) + (value[2] + value[6]);
  const float odd = (value[1] + value[5]) + (value[3] + value[7]);
  return even + odd;
}
KEFU_INLINE float sum(Halves value) {
  const F4 four = value.low + value.high;
  return (four[0] + four[2]) + (four[1] + four[3]);
}

// Whether the portable path has products and sums in one rounding.
#if defined(__aarch64__)
constexpr bool kPortableFused = true;
#else
constexpr bool kPortableFused = false;
#endif

// a * b + c. `fused`: one rounding, where the instruction set of the caller has it.
template <bool fused, typename V>
KEFU_INLINE V fma8(V a, V b, V c) {
  if constexpr (fused && std::is_same_v<V, Halves>) {
    return {fma8<true>(a.low, b.low, c.low), fma8<true>(a.high, b.high, c.high)};
  } else if constexpr (fused) {
    constexpr int lanes = sizeof(V) / sizeof(float);
    V result;
    for (int i = 0; i < lanes; ++i) result[i] = __builtin_fmaf(a[i], b[i], c[i]);
    return result;
  } else {
    return a * b + c;
  }
}

}  // namespace kefu
