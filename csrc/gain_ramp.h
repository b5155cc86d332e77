// The gain of the agent's voice: constant, or on its way to another value in a straight line.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "host_device.h"

namespace kefu {

KEFU_HD inline int16_t scaled(int16_t sample, double gain) {
  const double value = std::nearbyint(sample * gain);
  return static_cast<int16_t>(value > 32767 ? 32767 : value < -32768 ? -32768 : value);
}

class GainRamp {
 public:
  // From the present gain to `target` (linear) over `samples`.
  void go_to(double target, size_t samples) {
    target_ = target;
    left_ = samples;
    if (left_ == 0) {
      gain_ = target;
    } else {
      step_ = (target - gain_) / static_cast<double>(samples);
    }
  }

  // The gain of the next sample.
  double next() {
    if (left_ > 0) gain_ = --left_ == 0 ? target_ : gain_ + step_;
    return gain_;
  }

  // Let `samples` of silence pass.
  void skip(size_t samples) {
    const size_t passed = samples < left_ ? samples : left_;
    left_ -= passed;
    gain_ = left_ == 0 ? target_ : gain_ + step_ * static_cast<double>(passed);
  }

 private:
  double gain_ = 1.0;
  double target_ = 1.0;
  double step_ = 0.0;
  size_t left_ = 0;
};

}  // namespace kefu
