// 1. All frames in one array, stacked at the end: nothing comes before the stream has ended.
// 2. The last m frames in a ring: a stack leaves with the frame that completes it.
#include "lfr.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "argument.h"

namespace kefu {

Lfr::Lfr(size_t m, size_t n, size_t dimension)
    : m_(checked("m", m, size_t{1}, kMostFrames)),
      n_(checked("n", n, size_t{1}, kMostFrames)),
      dimension_(checked("dimension", dimension, size_t{1}, kMostDimension)),
      left_((m - 1) / 2),
      heard_(m * dimension) {}

size_t Lfr::stacks(size_t frames) const {
  const size_t right = m_ - 1 - left_;  // frames behind the one that a stack stands for
  const size_t whole = frames_ + frames;
  return whole <= right ? 0 : (whole - right - 1) / n_ + 1 - stacks_;
}

void Lfr::stack(float* out) {
  const auto centre = static_cast<int64_t>(stacks_ * n_);
  for (size_t place = 0; place < m_; ++place) {
    const int64_t wanted = centre + static_cast<int64_t>(place) - static_cast<int64_t>(left_);
    const auto frame =
        static_cast<size_t>(std::clamp(wanted, int64_t{0}, static_cast<int64_t>(frames_) - 1));
    std::memcpy(out + place * dimension_, heard_.data() + frame % m_ * dimension_,
                dimension_ * sizeof(float));
  }
  ++stacks_;
}

size_t Lfr::push(const float* frames, size_t count, float* out) {
  size_t made = 0;
  for (size_t each = 0; each < count; ++each) {
    std::memcpy(heard_.data() + frames_ % m_ * dimension_, frames + each * dimension_,
                dimension_ * sizeof(float));
    ++frames_;
    if (stacks(0) > 0) stack(out + made++ * stacked_dimension());
  }
  return made;
}

size_t Lfr::flush(float* out) {
  const size_t made = stacks_at_end();
  for (size_t each = 0; each < made; ++each) stack(out + each * stacked_dimension());
  frames_ = 0;
  stacks_ = 0;
  return made;
}

}  // namespace kefu
