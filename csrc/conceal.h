// Concealment of a short gap: the last 10 ms, mirrored to and fro so that the wave has no jumps,
// fading in a straight line to nothing after 60 ms.
#pragma once

#include <cstddef>
#include <cstdint>

#include "host_device.h"

namespace kefu {

constexpr int kConcealedMs = 60;
constexpr int kRepeatedMs = 10;

// Distance back from the last real sample (0: itself) of what stands in for gap sample `k`.
KEFU_HD inline size_t concealing_distance(size_t k, size_t repeated) {
  const size_t turn = k % (2 * repeated);
  return turn < repeated ? turn : 2 * repeated - 1 - turn;
}

// `sample` faded for its place `k` in a gap of which at most `longest` samples are concealed.
KEFU_HD inline int16_t faded_in_gap(int16_t sample, size_t k, size_t longest) {
  const auto left = static_cast<int64_t>(longest - k);
  return static_cast<int16_t>(sample * left / static_cast<int64_t>(longest));
}

}  // namespace kefu
