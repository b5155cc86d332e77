// Quantiles between the values that they lie between, as numpy's "linear" and definition 7 of
// R. J. Hyndman and Y. Fan, "Sample quantiles in statistical packages", The American Statistician
// 50(4), 1996.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace kefu {

class Quantiles {
 public:
  explicit Quantiles(size_t most) : sorted_(most) {}

  // values: (count,), 1 to the most; they stay as they are. share: 0 to 1. Allocates nothing.
  double of(const double* values, size_t count, double share) {
    const auto begin = sorted_.begin();
    const auto end = std::copy_n(values, count, begin);
    const double place = share * static_cast<double>(count - 1);
    const auto below = static_cast<size_t>(place);
    const auto at = begin + static_cast<std::ptrdiff_t>(below);
    std::nth_element(begin, at, end);
    if (below + 1 == count) return *at;
    const double above = *std::min_element(at + 1, end);
    return *at + (above - *at) * (place - static_cast<double>(below));
  }

 private:
  std::vector<double> sorted_;
};

}  // namespace kefu
