// Versions:
//
//   1. white noise at the level: it hisses, as no room and no telephone does
//   2. white noise through the lattice of RFC 3389, whose gain follows from the coefficients
//      (Markel and Gray 1976, 5.2): the level is as asked for, whatever the shape. 2 µs a frame
#include "comfort_noise.h"

#include <algorithm>
#include <cmath>

#include "argument.h"

namespace kefu {

ComfortNoise::ComfortNoise(double level_dbfs, uint64_t seed,
                           const std::array<double, kOrder>& reflections)
    : reflections_(reflections), random_(seed) {
  checked("level_dbfs", level_dbfs, -96.0, 0.0);
  double left = 1.0;
  for (const double k : reflections_) {
    if (!(std::abs(k) < 1.0)) refuse("reflections", k, "less than 1 in size");
    left *= 1.0 - k * k;
  }
  gain_ = 32768.0 * std::pow(10.0, level_dbfs / 20.0) * std::sqrt(left);
}

// Of variance 1 and nearly normal: four uniform values of 16 bits, added. SplitMix64 (Steele,
// Lea, Flood 2014).
double ComfortNoise::excitation() {
  random_ += 0x9E3779B97F4A7C15U;
  uint64_t bits = random_;
  bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9U;
  bits = (bits ^ bits >> 27) * 0x94D049BB133111EBU;
  bits ^= bits >> 31;
  const auto added = static_cast<double>((bits & 0xFFFF) + (bits >> 16 & 0xFFFF) +
                                         (bits >> 32 & 0xFFFF) + (bits >> 48));
  return (added - 2.0 * 65535.0) / (65536.0 / std::sqrt(3.0));
}

void ComfortNoise::fill(int16_t* pcm, size_t samples) {
  for (size_t n = 0; n < samples; ++n) {
    double forward = gain_ * excitation();
    for (size_t i = kOrder; i-- > 0;) {
      forward -= reflections_[i] * backward_[i];
      if (i + 1 < kOrder) backward_[i + 1] = backward_[i] + reflections_[i] * forward;
    }
    backward_[0] = forward;
    pcm[n] = static_cast<int16_t>(std::lround(std::clamp(forward, -32768.0, 32767.0)));
  }
}

}  // namespace kefu
