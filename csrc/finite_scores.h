// Whether scores can be computed with: no NaN, no +inf, nothing so large that sums overflow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace kefu {

// scores: (count,). Each is at most `most` (positive); -inf is fit. In integers, which compilers
// put in lanes: bits of positive floats rise with them, negative NaNs lie above -inf.
inline bool fit_scores(const float* scores, size_t count, float most) {
  int32_t limit;
  std::memcpy(&limit, &most, sizeof limit);
  constexpr int32_t kMinusInfinity = -0x00800000;
  int32_t bad = 0;
  for (size_t i = 0; i < count; ++i) {
    int32_t bits;
    std::memcpy(&bits, scores + i, sizeof bits);
    bad |= static_cast<int32_t>(bits > limit) |
           (static_cast<int32_t>(bits < 0) & static_cast<int32_t>(bits > kMinusInfinity));
  }
  return bad == 0;
}

}  // namespace kefu
