// Mel filters as the triangles that they are: of each band only the bins where it is not zero.
#pragma once

#include <cstdint>

#include "fft.h"
#include "host_device.h"

namespace kefu {

struct MelBands {
  static constexpr int kMost = 128;

  int bands;
  int16_t first_bin[kMost];
  int16_t first_weight[kMost + 1];  // of band b: first_weight[b] to first_weight[b + 1]
  float weight[2 * FftTables::kMostBins];
};

// Whisper's: equal steps on Slaney's scale (linear below 1 kHz, then logarithmic) from 0 to
// 8 kHz, triangles of unit area, at 16 kHz and 400 samples. bands: 1 to 128. Source: Slaney,
// Auditory Toolbox (1998); openai/whisper, audio.py. Throws std::invalid_argument.
MelBands slaney_bands(int bands);

// Kaldi's: equal steps of 1127 ln(1 + f / 700), triangles straight on that scale, 1 at the centre;
// the bin at half the rate has no part. high_hz of 0 or less counts from half the rate down.
// Source: kaldi, mel-computations.cc. Throws std::invalid_argument.
MelBands kaldi_bands(int bands, int rate_hz, int fft_samples, double low_hz, double high_hz);

// Energy of one band. power: bins of V.
template <typename V>
KEFU_HD KEFU_INLINE V band_energy(const MelBands& mel, int band, const V* power) {
  const float* weight = mel.weight + mel.first_weight[band];
  const float* const end = mel.weight + mel.first_weight[band + 1];
  const V* bin = power + mel.first_bin[band];
  V energy = *bin * 0.0F;
  for (; weight != end; ++weight, ++bin) energy = energy + *bin * *weight;
  return energy;
}

}  // namespace kefu
