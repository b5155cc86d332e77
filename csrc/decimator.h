// Every second or third sample after a low pass, for what is measured and never heard.
#pragma once

#include <cstddef>
#include <vector>

#include "simd.h"

namespace kefu {

// Windowed sinc (Hann) of 8 taps a sample out, -6 dB at 0.8 of half the rate out. Allocates in its
// constructor only. Two of them given streams that begin together stay in step.
class Decimator {
 public:
  // factor: 1 or more; 1 hands samples through. most: samples of one push.
  Decimator(size_t factor, size_t most);

  // Writes what `samples` give, about samples / factor, to `out`; returns how many.
  size_t push(const float* in, size_t samples, float* out);
  // Most that a push gives.
  size_t most_out() const { return most_ / factor_ + 1; }

 private:
  size_t factor_;
  size_t most_;
  std::vector<float> taps_;  // 8 * factor
  std::vector<float> room_;  // taps - 1 samples from before, then the new ones
  size_t next_ = 0;          // place in the new samples of the next one out
};

}  // namespace kefu
