#include "window_noise.h"

#include <cmath>
#include <cstdint>

namespace kefu {
namespace {

// Sums of twelve uniform numbers are as good as normal; D. Knuth's 64-bit linear congruence.
WindowNoise make() {
  WindowNoise noise{};
  uint64_t state = 1;
  double power = 0.0;
  for (float& sample : noise) {
    double sum = -6.0;
    for (int i = 0; i < 12; ++i) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      sum += static_cast<double>(state >> 40U) / static_cast<double>(1U << 24U);
    }
    sample = static_cast<float>(sum);
    power += sum * sum;
  }
  const double level = std::sqrt(power / static_cast<double>(noise.size()));
  for (float& sample : noise) sample = static_cast<float>(sample / level);
  return noise;
}

}  // namespace

const WindowNoise& window_noise() {
  static const WindowNoise noise = make();
  return noise;
}

}  // namespace kefu
