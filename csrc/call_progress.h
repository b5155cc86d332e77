// Call-progress tones in the caller's audio: what an exchange or a fax machine says instead of a
// person. Which frequencies a window of 50 ms holds is found here, what they mean in cadence.h.
#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "cadence.h"
#include "goertzel.h"
#include "ring_buffer.h"
#include "simd.h"

namespace kefu {

// Allocates in its constructor only. Not thread-safe.
class CallProgress {
 public:
  // rate_hz: 8000, 16000 or 24000. Throws std::invalid_argument.
  explicit CallProgress(int rate_hz, Path path = best_path());

  // pcm: (samples,) that follow those before. Any division of them gives the same tones.
  void push(const int16_t* pcm, size_t samples);
  // Samples that nobody has count as silence.
  void skip(size_t samples);
  // The oldest tone that was not taken; kNone where there is none. 8 are kept, the newest.
  Progress take();

 private:
  static constexpr size_t kFrequencies = 16;
  static constexpr size_t kKept = 8;

  struct Block {
    Correlations<kFrequencies> tones;
    double power = 0.0;
  };

  void block_complete();
  LineTone look();

  Path path_;
  GoertzelBank<kFrequencies> bank_;
  std::array<std::complex<float>, kFrequencies> turns_;
  std::vector<float> gathered_;
  size_t gathered_count_ = 0;
  std::array<Block, 2> blocks_{};  // the last and the newest
  double tone_power_ = 0.0;        // of the last window that held a tone
  Cadence cadence_;
  RingBuffer<Progress, kKept> told_;
};

}  // namespace kefu
