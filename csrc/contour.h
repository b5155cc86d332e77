// How a voice moves: pitch and level of each 40 ms, every 20 ms, of the last seconds of a stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "pitch.h"
#include "simd.h"

namespace kefu {

// PCM of 8 to 48 kHz is averaged down to 8 to 16 kHz (all that is measured lies below 4 kHz) and
// cut into blocks of 10 ms. A frame is four blocks, and begins every second one; its pitch is read
// from every second sample of a low-passed copy. Sums of samples are integers, so that levels are
// the same bits on every path.
class Contour {
 public:
  static constexpr size_t kBlockMs = 10;
  static constexpr size_t kFrameBlocks = 4;
  static constexpr size_t kHopBlocks = 2;
  static constexpr size_t kMostBlocks = 600;  // 6 s: how the caller speaks by now
  static constexpr size_t kMostFrames = (kMostBlocks - kFrameBlocks) / kHopBlocks + 1;
  static constexpr double kQuietestDbfs = -75.0;  // below it is the idle noise of a line

  // rate_hz: 8000 to 48 000. Takes all memory that it needs. Throws std::invalid_argument.
  explicit Contour(int64_t rate_hz, Path path = best_path());

  // pcm: (samples,) that follow. Allocates nothing.
  void push(const int16_t* pcm, size_t samples);
  // Forget all.
  void reset();

  // What was pushed, with silence behind it, at most the last 6 s: whole blocks, whole frames.
  size_t blocks() const { return total_blocks_ - first_block(); }
  size_t frames() const;
  // power: (blocks,) mean square of each, full scale 1.
  void powers(double* power) const;
  // hz: (frames,) 0 where a frame is not periodic or below kQuietestDbfs. power: (frames,) mean
  // square of each without its mean, full scale 1.
  void measure(double* hz, double* power);

 private:
  struct Block {
    int64_t sum;
    int64_t squares;
  };

  size_t first_block() const;
  double frame_power(size_t first) const;
  double pitch_of(size_t frame, const float* samples);
  void take(size_t narrowed);
  void low_pass();

  Path path_;
  int64_t factor_;        // input samples to one narrowed
  double scale_;          // of a narrowed sample to full scale 1
  size_t block_samples_;  // narrowed
  Pitch pitch_;
  int32_t partial_sum_ = 0;
  size_t partial_count_ = 0;
  Block open_{};
  size_t open_samples_ = 0;
  std::vector<int32_t> narrow_;  // what the low-pass still needs, and what is new
  size_t narrow_used_ = 0;
  std::vector<float> halved_;  // of the frame that is not whole yet
  size_t halved_used_ = 0;
  std::vector<Block> ring_;      // (kMostBlocks,)
  std::vector<double> pitches_;  // (kMostFrames,) a ring too
  size_t total_blocks_ = 0;
  size_t total_pitches_ = 0;
};

}  // namespace kefu
