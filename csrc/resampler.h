// Streaming resampling of speech between 8, 12, 16, 24, 32 and 48 kHz, any to any.
//
// Linear phase. Ripple under 0.05 dB up to 0.85 of the lower rate's half (3.4 kHz for 8 kHz), 80 dB
// and more from that half on, delay 23 samples of the lower rate (2.875 ms for 8 kHz; a little more
// where that is no whole output): docs/resampling.md. Output j stands at input time j × from / to
// and comes as soon as the input at or before that time is there: after n samples in,
// ceil(n × to / from) are out, so 20 ms in give exactly 20 ms out, from the first on. Before the
// first input lies silence.
//
// A NaN or an infinity makes outputs NaN for twice the delay, and none after that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "simd.h"

namespace kefu {

struct PolyphaseFilter;

class Resampler {
 public:
  // Equal rates: a copy. Throws std::invalid_argument `from_hz: got X, expected one of 8000, …`.
  Resampler(int64_t from_hz, int64_t to_hz);
  Resampler(int64_t from_hz, int64_t to_hz, Path path);

  // What the next `push` of so many samples gives, exactly.
  size_t output_for(size_t samples) const;
  // in: (n,) −1..1 or int16 → out: (output_for(n),), apart from `in`; returns how many that was.
  // Asks for no memory. int16 is rounded to the nearest, halves to even, and saturates; floats are
  // not limited.
  size_t push(const float* in, size_t n, float* out);
  size_t push(const int16_t* in, size_t n, float* out);
  size_t push(const int16_t* in, size_t n, int16_t* out);
  // What the delay still holds, silence following: delay_samples() of them. Then as after `reset`.
  size_t flush(float* out);
  size_t flush(int16_t* out);
  // Silence before the next input.
  void reset();

  size_t delay_samples() const;  // outputs
  double delay_ms() const;

 private:
  template <typename In, typename Out>
  size_t push_any(const In* in, size_t n, Out* out);
  template <typename Out>
  size_t flush_any(Out* out);

  const PolyphaseFilter* filter_;
  Path path_;
  double to_khz_;
  size_t partial_ = 0;          // inputs of the group that is not whole yet
  std::vector<float> planes_;   // (down, stride)
  std::vector<float> outputs_;  // (up, block): of one block, each phase by itself
};

// in: (n,) → out: (resampled_length(n),), the delay taken out: output j stands at input time
// j × from / to. Throws as Resampler.
size_t resampled_length(size_t n, int64_t from_hz, int64_t to_hz);
void resample(const float* in, size_t n, int64_t from_hz, int64_t to_hz, float* out);
void resample(const int16_t* in, size_t n, int64_t from_hz, int64_t to_hz, float* out);
void resample(const int16_t* in, size_t n, int64_t from_hz, int64_t to_hz, int16_t* out);

}  // namespace kefu
