// Kaldi's log filterbank energies, streaming, as FSMN-VAD and Paraformer were trained on them.
//
// A frame of 25 ms every 10 ms, only where all of it is there (snip_edges): minus its mean, then
// pre-emphasised by 0.97, windowed, zero-padded to a power of two; the power spectrum through
// Kaldi's mel bands, floored at 2^-23, natural logarithm. No dither, no energy column. Source:
// kaldi, feature-window.cc and feature-fbank.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cuda.h"
#include "fft.h"
#include "host_device.h"
#include "mel_bands.h"
#include "simd.h"

namespace kefu {

enum class FrameWindow { kHamming, kPovey };

// Throws std::invalid_argument for a name other than "hamming" (FunASR's) and "povey" (Kaldi's).
FrameWindow parse_frame_window(const std::string& name);

struct FbankOptions {
  int rate_hz = 16000;  // or 8000
  int bands = 80;       // 1 to 128
  FrameWindow window = FrameWindow::kHamming;
  double low_hz = 20;
  double high_hz = 0;    // 0 or less: counted from half the rate
  double scale = 32768;  // of samples of -1..1; FunASR hears int16
};

// What depends on the options alone; plain memory, so that a device takes a copy.
struct FbankTables {
  static constexpr int kMostWindow = 400;

  int window_samples;  // 25 ms
  int hop;             // 10 ms
  FftTables fft;
  MelBands mel;
  float window[kMostWindow];  // the scale included
};

// Throws std::invalid_argument.
FbankTables make_fbank_tables(const FbankOptions& options);

constexpr float kPreEmphasis = 0.97F;
constexpr float kLeastFbankEnergy = 1.1920929e-7F;  // float's epsilon, as Kaldi

// Mean of a frame: four running sums, so that none waits for the one before.
template <typename V>
KEFU_HD KEFU_INLINE V frame_mean(const V* frame, int samples) {
  V sums[4] = {frame[0], frame[1], frame[2], frame[3]};
  for (int n = 4; n < samples; n += 4) {
    for (int each = 0; each < 4; ++each) sums[each] = sums[each] + frame[n + each];
  }
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) * (1.0F / static_cast<float>(samples));
}

// Sample n of a frame as it goes into the transform; n = 0 is its own predecessor.
template <typename V>
KEFU_HD KEFU_INLINE V emphasised(V sample, V before, V mean, float window) {
  return ((sample - mean) - (before - mean) * kPreEmphasis) * window;
}

// The bits are the same for any chunking and on every path. One thread at a time.
class Fbank {
 public:
  // Throws std::invalid_argument.
  explicit Fbank(const FbankOptions& options, Path path = best_path());

  int bands() const { return tables_.mel.bands; }
  // Frames that a push of so many samples gives.
  size_t frames(size_t samples) const;
  // samples: (count,) finite. out: (frames(count), bands). Returns frames(count).
  size_t push(const float* samples, size_t count, float* out);
  // The stream ends: what is short of a frame is dropped, as Kaldi does. Another one may begin.
  void flush() { held_ = 0; }

 private:
  static constexpr size_t kGroup = 8;

  size_t window() const { return static_cast<size_t>(tables_.window_samples); }
  size_t hop() const { return static_cast<size_t>(tables_.hop); }

  FbankTables tables_;
  Path path_;
  std::vector<float> heard_;  // from the first sample of the next frame on; room for eight frames
  size_t held_ = 0;           // how many are there
};

#ifdef KEFU_CUDA
namespace cuda {

// The energies of many calls. Pointers are the device's. tables: a copy of make_fbank_tables(...).
// audio: (calls, stride) float32, of call c the first samples[c]. out: (calls, most_frames, bands)
// float32; rows behind a call's last frame stay as they are. At most 65,535 calls. Throws
// std::runtime_error.
void fbank(const FbankTables* tables, const float* audio, const int32_t* samples, int calls,
           int stride, int most_frames, float* out, cudaStream_t stream);

}  // namespace cuda
#endif

}  // namespace kefu
