// The triangles against the formulas, bin by bin.
#include "mel_bands.h"

#include <cmath>
#include <stdexcept>

#include "check.h"

namespace kefu {
namespace {

// The weight that a band gives a bin.
double weight_of(const MelBands& mel, int band, int bin) {
  const int place = bin - mel.first_bin[band];
  const int count = mel.first_weight[band + 1] - mel.first_weight[band];
  return place < 0 || place >= count
             ? 0.0
             : static_cast<double>(mel.weight[mel.first_weight[band] + place]);
}

}  // namespace

KEFU_CASE(slaney_triangles_have_unit_area) {
  for (const int bands : {80, 128}) {
    const MelBands mel = slaney_bands(bands);
    for (int band = bands / 2; band < bands; ++band) {  // where they are many bins wide
      double area = 0;
      for (int bin = 0; bin <= 200; ++bin) area += weight_of(mel, band, bin) * 40;
      KEFU_NEAR(area, 1.0, 0.1);
    }
  }
}

KEFU_CASE(slaney_bands_below_one_kilohertz_are_equally_wide) {
  const MelBands mel = slaney_bands(80);
  // Edges are 45.2456 / 81 mels apart, 200 / 3 Hz a mel.
  const double step = 45.245640471924965 / 81 * 200 / 3;
  for (int band = 0; band < 20; ++band) {
    for (int bin = 0; bin < 40; ++bin) {
      const double from_left = bin * 40 / step - band;
      const double height = std::fmax(0.0, std::fmin(from_left, 2 - from_left));
      KEFU_NEAR(weight_of(mel, band, bin), height / step, 1e-7);
    }
  }
}

KEFU_CASE(kaldi_triangles_overlap_to_one) {
  for (const int rate : {8000, 16000}) {
    const int fft = rate == 8000 ? 256 : 512;
    const MelBands mel = kaldi_bands(80, rate, fft, 20, 0);
    for (int bin = fft / 8; bin < fft / 2 - 8; ++bin) {
      double whole = 0;
      for (int band = 0; band < 80; ++band) whole += weight_of(mel, band, bin);
      KEFU_NEAR(whole, 1.0, 1e-6);
    }
    for (int band = 0; band < 80; ++band) KEFU_EQUAL(weight_of(mel, band, fft / 2), 0.0);
  }
}

KEFU_CASE(kaldi_bands_are_triangles_on_its_scale) {
  const MelBands mel = kaldi_bands(40, 16000, 512, 100, -400);
  const auto mels = [](double hz) { return 1127 * std::log1p(hz / 700); };
  const double low = mels(100), step = (mels(7600) - low) / 41;
  for (int band = 0; band < 40; ++band) {
    for (int bin = 0; bin < 257; ++bin) {
      const double centre = low + (band + 1) * step;
      const double expected = 1 - std::abs(mels(bin * 31.25) - centre) / step;
      KEFU_NEAR(weight_of(mel, band, bin), std::fmax(0.0, expected), 1e-6);
    }
  }
}

KEFU_CASE(energy_is_the_weighted_sum) {
  const MelBands mel = kaldi_bands(23, 16000, 512, 20, 0);
  float power[257];
  for (int bin = 0; bin < 257; ++bin) power[bin] = static_cast<float>(bin % 11);
  for (int band = 0; band < 23; ++band) {
    double expected = 0;
    for (int bin = 0; bin < 257; ++bin) {
      expected += weight_of(mel, band, bin) * static_cast<double>(power[bin]);
    }
    KEFU_NEAR(band_energy(mel, band, power), expected, 1e-5 * expected);
  }
}

KEFU_CASE(bands_that_cannot_be_are_refused) {
  KEFU_THROWS(std::invalid_argument, slaney_bands(0));
  KEFU_THROWS(std::invalid_argument, slaney_bands(129));
  KEFU_THROWS(std::invalid_argument, kaldi_bands(0, 16000, 512, 20, 0));
  KEFU_THROWS(std::invalid_argument, kaldi_bands(80, 16000, 512, -1, 0));
  KEFU_THROWS(std::invalid_argument, kaldi_bands(80, 16000, 512, 4000, 4000));
  KEFU_THROWS(std::invalid_argument, kaldi_bands(80, 16000, 512, 20, 8001));
  KEFU_THROWS(std::invalid_argument, kaldi_bands(80, 16000, 512, 20, -8000));
  KEFU_THROWS(std::invalid_argument, kaldi_bands(80, 16000, 512, NAN, 0));
}

}  // namespace kefu
