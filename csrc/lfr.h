// Low frame rate: m successive frames side by side, every n frames (7 and 6 for Paraformer, 5 and 1
// for FSMN-VAD).
//
// FunASR's rule (WavFrontend.apply_lfr): (m - 1) / 2 copies of the first frame stand in front of
// it; T frames give ceil(T / n) stacks; behind the last frame it is repeated.
#pragma once

#include <cstddef>
#include <vector>

namespace kefu {

// The bits are those of one push and flush for any chunking. One thread at a time.
class Lfr {
 public:
  static constexpr size_t kMostFrames = 64;
  static constexpr size_t kMostDimension = 4096;

  // m: 1 to 64 frames; n: 1 to 64; dimension of a frame: 1 to 4096. Throws std::invalid_argument.
  Lfr(size_t m, size_t n, size_t dimension);

  size_t dimension() const { return dimension_; }
  size_t stacked_dimension() const { return m_ * dimension_; }
  // Stacks that a push of so many frames gives, and that flush gives now.
  size_t stacks(size_t frames) const;
  size_t stacks_at_end() const { return (frames_ + n_ - 1) / n_ - stacks_; }

  // frames: (count, dimension). out: (stacks(count), m dimension). Returns stacks(count).
  size_t push(const float* frames, size_t count, float* out);
  // The stream ends. out: (stacks_at_end(), m dimension). Another one may begin.
  size_t flush(float* out);

 private:
  // Stack `stacks_`, of frames up to the last one that is there.
  void stack(float* out);

  size_t m_;
  size_t n_;
  size_t dimension_;
  size_t left_;               // copies in front of the first
  std::vector<float> heard_;  // (m, dimension): frame t stands at t mod m
  size_t frames_ = 0;         // pushed
  size_t stacks_ = 0;         // given
};

}  // namespace kefu
