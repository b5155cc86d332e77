// 1. A frame at a time, as Kaldi: a copy, four passes over it, a real FFT, dense loops over bands.
// 2. Eight frames at once, one in each lane (lanes.h): mean, emphasis and window in two passes over
//    what the first-level cache holds, then the FFT, triangles and logarithm that log_mel has too.
// A push of fewer frames than eight costs as much as one of eight.
#include "fbank.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "argument.h"
#include "lanes.h"
#include "quoted.h"

namespace kefu {
namespace {

// heard: the samples of eight frames. Writes the first `frames` of them, (frames, bands).
template <typename V>
KEFU_INLINE void group(const FbankTables& tables, const float* heard, size_t frames, float* out,
                       Path path) {
  F8 lanes_memory[FftTables::kMostSamples];
  F8 power_memory[FftTables::kMostBins];
  V* const lanes = reinterpret_cast<V*>(lanes_memory);
  frame_lanes(heard, tables.hop, tables.window_samples, lanes);
  const V mean = frame_mean(lanes, tables.window_samples);
  V before = lanes[0];
  for (int n = 0; n < tables.window_samples; ++n) {
    const V sample = lanes[n];
    lanes[n] = emphasised(sample, before, mean, tables.window[n]);
    before = sample;
  }
  for (int n = tables.window_samples; n < tables.fft.samples; ++n) lanes[n] = all<V>(0.0F);
  power_spectra(tables.fft, lanes_memory, power_memory, path);

  const V* const power = reinterpret_cast<const V*>(power_memory);
  const auto bands = static_cast<size_t>(tables.mel.bands);
  for (size_t band = 0; band < bands; band += 8) {
    const size_t columns = std::min(bands - band, size_t{8});
    V block[8];
    for (size_t each = 0; each < 8; ++each) {
      const int at = static_cast<int>(std::min(band + each, bands - 1));
      block[each] =
          natural_log(larger(band_energy(tables.mel, at, power), all<V>(kLeastFbankEnergy)));
    }
    transpose8(block);
    for (size_t frame = 0; frame < frames; ++frame) {
      std::memcpy(out + frame * bands + band, &block[frame], columns * sizeof(float));
    }
  }
}

KEFU_AVX2 void group_avx2(const FbankTables& tables, const float* heard, size_t frames,
                          float* out) {
  group<F8>(tables, heard, frames, out, Path::kAvx2);
}

}  // namespace

FrameWindow parse_frame_window(const std::string& name) {
  if (name == "hamming") return FrameWindow::kHamming;
  if (name == "povey") return FrameWindow::kPovey;
  refuse("window", quoted(name), "'hamming' or 'povey'");
}

FbankTables make_fbank_tables(const FbankOptions& options) {
  if (options.rate_hz != 8000 && options.rate_hz != 16000) {
    refuse("rate_hz", options.rate_hz, "8000 or 16000");
  }
  if (!(options.scale > 0 && options.scale <= 1e6)) {
    refuse("scale", options.scale, "above 0, at most 1000000");
  }
  const int fft_samples = options.rate_hz == 8000 ? 256 : 512;
  FbankTables tables{
      options.rate_hz / 40,
      options.rate_hz / 100,
      make_fft(fft_samples),
      kaldi_bands(options.bands, options.rate_hz, fft_samples, options.low_hz, options.high_hz),
      {}};
  for (int n = 0; n < tables.window_samples; ++n) {
    const double turn = std::cos(6.283185307179586 * n / (tables.window_samples - 1));
    const double height = options.window == FrameWindow::kHamming
                              ? 0.54 - 0.46 * turn
                              : std::pow(0.5 - 0.5 * turn, 0.85);
    tables.window[n] = static_cast<float>(options.scale * height);
  }
  return tables;
}

Fbank::Fbank(const FbankOptions& options, Path path)
    : tables_(make_fbank_tables(options)),
      path_(path),
      heard_(window() + (kGroup - 1) * hop(), 0.0F) {}

size_t Fbank::frames(size_t samples) const {
  const size_t whole = held_ + samples;
  return whole < window() ? 0 : (whole - window()) / hop() + 1;
}

size_t Fbank::push(const float* samples, size_t count, float* out) {
  size_t made = 0;
  while (count > 0) {
    const size_t taken = std::min(count, heard_.size() - held_);
    std::memcpy(heard_.data() + held_, samples, taken * sizeof(float));
    held_ += taken;
    samples += taken;
    count -= taken;
    const size_t ready = frames(0);
    if (ready == 0 || (ready < kGroup && count > 0)) continue;
    float* const to = out + made * static_cast<size_t>(bands());
    if (path_ == Path::kPortable) {
      group<Halves>(tables_, heard_.data(), ready, to, Path::kPortable);
    } else {
      group_avx2(tables_, heard_.data(), ready, to);
    }
    made += ready;
    held_ -= ready * hop();
    std::memmove(heard_.data(), heard_.data() + ready * hop(), held_ * sizeof(float));
  }
  return made;
}

}  // namespace kefu
