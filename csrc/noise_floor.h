// How loud the line is while nobody speaks, known while somebody does.
//
// Minimum statistics (R. Martin, "Noise Power Spectral Density Estimation Based on Optimal
// Smoothing and Minimum Statistics", IEEE Trans. Speech and Audio Processing 9(5), 2001) over the
// whole band: the mean power of 100 ms, and the least of it in the last 2 s, since speech pauses at
// least that often. Two things are simpler than there: a mean of fixed length in place of adaptive
// smoothing (a recursive one of fixed constant would not get down to the noise in a pause of
// 300 ms), and a fixed factor for a minimum's lying below the mean.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace kefu {

// Noise that grows louder is believed after 2.1 s at most, noise that falls after about 0.1 s.
// White noise is found within 0.5 dB, a room's within 1.5 dB. Allocates nothing. Not thread-safe.
class NoiseFloor {
 public:
  // rate_hz: 8000, 16000 or 24000. Throws std::invalid_argument.
  explicit NoiseFloor(int rate_hz);

  // What came, (samples,) int16, in pieces of any length; holes are left out.
  void push(const int16_t* pcm, size_t samples);

  // In dB of full scale; -96 before anything came.
  double dbfs() const;

  static constexpr size_t kMeanBlocks = 5;   // of 20 ms
  static constexpr size_t kParts = 8;        // of the 2 s: the oldest is forgotten whole
  static constexpr size_t kPartBlocks = 13;  // of 20 ms

 private:
  void add(double power);

  size_t block_samples_;
  int64_t energy_ = 0;  // of the 20 ms that are under way
  size_t filled_ = 0;
  std::array<double, kMeanBlocks> powers_{};  // of the last 20 ms each
  size_t power_count_ = 0;                    // of powers_ that there are
  size_t power_at_ = 0;
  std::array<double, kParts> least_{};  // of each part; the newest is under way
  size_t parts_ = 0;                    // that have anything
  size_t newest_ = 0;
  size_t blocks_ = 0;  // in the newest
};

}  // namespace kefu
