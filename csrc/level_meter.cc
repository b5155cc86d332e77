// In integers: exact, and both loops are ones that compilers put into lanes by themselves.
#include "level_meter.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace kefu {

double power_dbfs(double power) {
  return power > 0.0 ? std::max(kSilentDbfs, 10.0 * std::log10(power)) : kSilentDbfs;
}

int64_t energy_of(const int16_t* pcm, size_t samples) {
  int64_t energy = 0;
  for (size_t i = 0; i < samples; ++i) {
    const int value = pcm[i];
    energy += static_cast<int64_t>(value) * value;
  }
  return energy;
}

Level level_of(const int16_t* pcm, size_t samples) {
  if (samples == 0) return {kSilentDbfs, kSilentDbfs};
  int peak = 0;
  for (size_t i = 0; i < samples; ++i) peak = std::max(peak, std::abs(int{pcm[i]}));
  const double mean = static_cast<double>(energy_of(pcm, samples)) / static_cast<double>(samples);
  return {power_dbfs(mean / kFullPower),
          power_dbfs(static_cast<double>(peak) * static_cast<double>(peak) / kFullPower)};
}

}  // namespace kefu
