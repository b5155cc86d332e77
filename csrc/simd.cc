#include "simd.h"

namespace kefu {
namespace {

Path ask_processor() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                    __builtin_cpu_supports("bmi2");
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (avx2 && avx512) return Path::kAvx512;
  if (avx2) return Path::kAvx2;
#endif
  return Path::kPortable;
}

}  // namespace

Path best_path() {
  static const Path best = ask_processor();
  return best;
}

const std::vector<Path>& paths() {
  static const std::vector<Path> all = [] {
    std::vector<Path> found{Path::kPortable};
    if (best_path() >= Path::kAvx2) found.push_back(Path::kAvx2);
    if (best_path() >= Path::kAvx512) found.push_back(Path::kAvx512);
    return found;
  }();
  return all;
}

const char* path_name(Path path) {
  switch (path) {
    case Path::kAvx2:
      return "avx2";
    case Path::kAvx512:
      return "avx512";
    case Path::kPortable:
      break;
  }
#if defined(__aarch64__)
  return "neon";
#else
  return "portable";
#endif
}

}  // namespace kefu
