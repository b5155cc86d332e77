// One pass, in integers: exact, and both sums are ones that compilers put into lanes by themselves.
#include "level_meter.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace kefu {
namespace {

constexpr double kFullPower = 32768.0 * 32768.0;

}  // namespace

double power_dbfs(double power) {
  return power > 0.0 ? std::max(kSilentDbfs, 10.0 * std::log10(power)) : kSilentDbfs;
}

Level level_of(const int16_t* pcm, size_t samples) {
  int64_t energy = 0;
  int peak = 0;
  for (size_t i = 0; i < samples; ++i) {
    const int value = pcm[i];
    energy += static_cast<int64_t>(value) * value;
    peak = std::max(peak, std::abs(value));
  }
  if (samples == 0) return {kSilentDbfs, kSilentDbfs};
  const double mean = static_cast<double>(energy) / static_cast<double>(samples);
  return {power_dbfs(mean / kFullPower),
          power_dbfs(static_cast<double>(peak) * static_cast<double>(peak) / kFullPower)};
}

}  // namespace kefu
