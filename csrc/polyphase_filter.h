// The lowpass of a pair of rates, cut into phases.
//
// Output j stands at input time j × down / up. Its phase is j mod up, and it is the sum of every
// up-th tap of the lowpass, which lies on the grid of both rates (from × up = to × down), with the
// inputs up to floor(j × down / up). f. j. harris, "Multirate Signal Processing", 2004, chapter 7.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace kefu {

struct PolyphaseFilter {
  struct Phase {
    size_t first;   // of its taps
    size_t length;  // taps
  };

  // Groups (of `down` inputs and `up` outputs) that are filtered at once: little enough for the L1
  // cache, and 20 ms of every pair.
  static constexpr size_t kBlock = 320;
  static constexpr size_t kLanes = 16;  // the last vector of a block may be part used

  size_t up = 1;
  size_t down = 1;
  size_t delay = 0;           // outputs; whole for every pair
  size_t history = 0;         // groups that lie before a block
  size_t stride = 0;          // of a plane: history, block, one vector
  std::vector<Phase> phases;  // (up,); none where the rates are equal
  std::vector<float> taps;    // designed in double; each phase has gain 1
  // Of each tap, its input for group 0 in planes (down, stride), plane r the inputs ≡ r mod down.
  std::vector<int32_t> places;
};

// Built at the first call for a pair, shared by all later ones, never freed; from any thread.
// Throws std::invalid_argument `from_hz: got X, expected one of 8000, 12000, …`.
const PolyphaseFilter& polyphase_filter(int64_t from_hz, int64_t to_hz);

}  // namespace kefu
