// The fundamental frequency of one frame: the window-corrected autocorrelation of P. Boersma,
// "Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise ratio of a
// sampled sound", Proceedings of the Institute of Phonetic Sciences 17, Amsterdam 1993. It finds a
// fundamental that a telephone line has cut away: the harmonics keep its period.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "simd.h"

namespace kefu {

struct PitchRule {
  double lowest_hz = 75.0;
  double highest_hz = 500.0;
  // A frame whose normalised autocorrelation stays below it is not periodic.
  double voiced = 0.5;
  // Twice the period fits as well as the period: each octave of lag costs so much. The paper's 0.01
  // leaves a vowel on the line at half its pitch in one frame of twenty, 0.03 in one of some
  // hundred.
  double octave_cost = 0.03;
};

class Pitch {
 public:
  // rate_hz: of the frame's samples, 1000 to 48 000, at least eight times the highest pitch.
  // samples: of a frame, at most 4096, at least two periods of the lowest pitch; of three the peak
  // is a clear one. Throws std::invalid_argument.
  Pitch(int64_t rate_hz, size_t samples, const PitchRule& rule = {}, Path path = best_path());

  // frame: (samples,) of any scale and mean → Hz, 0 where it is not periodic.
  double find(const float* frame);

  size_t samples() const { return samples_; }

 private:
  double peak(const float* ratio) const;

  PitchRule rule_;
  Path path_;
  double rate_hz_;
  size_t samples_;
  size_t shortest_;  // lags that count
  size_t longest_;
  size_t first_lag_;                // that is computed, for the interpolation about the shortest
  std::vector<float> window_;       // (samples,) Hann
  std::vector<float> per_own_;      // (lags to a multiple of 8,) 1 / the window's autocorrelation
  std::vector<float> cost_;         // (longest - shortest + 1,)
  std::vector<float> windowed_;     // (samples + all lags,) zero behind
  std::vector<float> correlation_;  // (lags to a multiple of 8,)
};

}  // namespace kefu
