// 1. A dense matrix of (bands, bins): 80 x 201 products a frame, of which 391 are not by zero.
// 2. Triangles: a bin lies in two bands at most, so a frame costs two products a bin.
#include "mel_bands.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <string>

#include "argument.h"

namespace kefu {
namespace {

// Slaney's mels: 15 at 1 kHz, above it 27 to a factor of 6.4.
double slaney_hz(double mel) {
  return mel < 15 ? mel * 200 / 3 : 1000 * std::exp((mel - 15) * std::log(6.4) / 27);
}

double kaldi_mel(double hz) { return 1127 * std::log(1 + hz / 700); }

// Band by band: `weight(band, bin)` of each bin, 0 or less outside of its triangle.
template <typename Weight>
MelBands triangles(int bands, int bins, Weight weight) {
  MelBands mel{};
  mel.bands = bands;
  int16_t used = 0;
  for (int band = 0; band < bands; ++band) {
    mel.first_weight[band] = used;
    for (int bin = 0; bin < bins; ++bin) {
      const double value = weight(band, bin);
      if (value <= 0) continue;
      if (used == mel.first_weight[band]) mel.first_bin[band] = static_cast<int16_t>(bin);
      mel.weight[used++] = static_cast<float>(value);
    }
  }
  mel.first_weight[bands] = used;
  return mel;
}

}  // namespace

MelBands slaney_bands(int bands) {
  checked("bands", bands, 1, MelBands::kMost);
  constexpr int kSamples = 400;
  constexpr double kHzPerBin = 40;
  const double top = 15 + std::log(8.0) / (std::log(6.4) / 27);  // 8 kHz
  std::array<double, MelBands::kMost + 2> edge;
  for (int place = 0; place < bands + 2; ++place) {
    edge[static_cast<size_t>(place)] = slaney_hz(top * place / (bands + 1));
  }
  return triangles(bands, kSamples / 2 + 1, [&](int band, int bin) {
    const double* const at = edge.data() + band;
    const double left = at[0], centre = at[1], right = at[2];
    const double rising = (bin * kHzPerBin - left) / (centre - left);
    const double falling = (right - bin * kHzPerBin) / (right - centre);
    return std::fmin(rising, falling) * 2 / (right - left);
  });
}

MelBands kaldi_bands(int bands, int rate_hz, int fft_samples, double low_hz, double high_hz) {
  checked("bands", bands, 1, MelBands::kMost);
  const double half = rate_hz / 2.0;
  const double top_hz = high_hz > 0 ? high_hz : half + high_hz;
  if (!(low_hz >= 0 && low_hz < top_hz && top_hz <= half)) {
    refuse("low_hz, high_hz", shown(low_hz) + ", " + shown(high_hz),
           "a band within 0 to " + std::to_string(rate_hz / 2) + " Hz");
  }
  const double low = kaldi_mel(low_hz);
  const double step = (kaldi_mel(top_hz) - low) / (bands + 1);
  std::array<double, FftTables::kMostBins> place;  // of a bin: 0 at low, a step a band
  for (int bin = 0; bin < fft_samples / 2; ++bin) {
    const double hz = static_cast<double>(rate_hz) * bin / fft_samples;
    place[static_cast<size_t>(bin)] = (kaldi_mel(hz) - low) / step;
  }
  return triangles(bands, fft_samples / 2, [&](int band, int bin) {
    const double from_left = place[static_cast<size_t>(bin)] - band;  // 1 at the centre
    return std::fmin(from_left, 2 - from_left);
  });
}

}  // namespace kefu
