// Mean and variance normalisation by fixed statistics: (x + shift) scale, as the AddShift and
// Rescale of Kaldi's nnet1 networks (FunASR's am.mvn).
#pragma once

#include <cstddef>
#include <vector>

#include "simd.h"

namespace kefu {

class Cmvn {
 public:
  // shift, scale: (dimension,), dimension at least 1. Throws std::invalid_argument.
  Cmvn(const float* shift, const float* scale, size_t dimension, Path path = best_path());

  size_t dimension() const { return shift_.size(); }
  // frames: (count, dimension) to out: the same shape, or the same memory.
  void apply(const float* frames, size_t count, float* out) const;

 private:
  std::vector<float> shift_;
  std::vector<float> scale_;
  Path path_;
};

}  // namespace kefu
