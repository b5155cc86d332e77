// Whisper's log-mel spectrogram, computed as speech arrives.
//
// Convention of openai/whisper's audio.py: frame t is the Hann window of 400 samples around sample
// 160 t, edges reflected; audio of T samples has T / 160 frames (the one around sample T is left
// out). faster-whisper appends 160 zeros by default and leaves the frame around the new end out:
// that is `padded` = samples + 160 here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cuda.h"
#include "fft.h"
#include "host_device.h"
#include "mel_bands.h"
#include "simd.h"

namespace kefu {

// What depends on the number of bands alone; plain memory, so that a device takes a copy.
struct LogMelTables {
  static constexpr int kWindow = 400;
  static constexpr int kHop = 160;
  static constexpr int kRateHz = 16000;

  FftTables fft;
  MelBands mel;
  float hann[kWindow];
};

// bands: 80 or 128. Made once, then shared. Throws std::invalid_argument.
const LogMelTables& log_mel_tables(int bands);

constexpr float kLeastMelEnergy = 1e-10F;
constexpr float kLog10E = 0.434294482F;

// Base-10 logarithms are floored at 8 below the loudest of the whole, then scaled.
KEFU_HD inline float log_mel_scaled(float logarithm, float loudest) {
  const float floor = loudest - 8.0F;
  return ((logarithm > floor ? logarithm : floor) + 4.0F) * 0.25F;
}

// The sample that stands at place `at` of audio of `padded` samples whose edges are reflected.
KEFU_HD inline int64_t reflected(int64_t at, int64_t padded) {
  if (at < 0) return -at;
  return at < padded ? at : 2 * (padded - 1) - at;
}

// Frames are computed eight at a time, once the last of the eight is complete, and never again;
// `spectrogram` adds those behind them (ten at most), which it does not keep. The bits are the same
// for any chunking and on every path. One thread at a time.
class LogMel {
 public:
  static constexpr size_t kMostSamples = 480000;  // 30 s: what Whisper was trained on
  static constexpr size_t kMostBack = 32000;      // 2 s

  // bands: 80 or 128; most_samples: 1 to kMostSamples. Throws std::invalid_argument.
  LogMel(int bands, size_t most_samples, Path path = best_path());

  // samples: (count,) finite, -1..1, 16 kHz. Throws std::out_of_range, with nothing taken, where
  // there would be more than most_samples.
  void push(const float* samples, size_t count);
  // Pushed since the last reset.
  size_t samples() const { return samples_; }
  int bands() const { return tables_->mel.bands; }
  static size_t frames(size_t padded) { return padded / LogMelTables::kHop; }

  // The spectrogram of the first `samples` samples followed by zeros up to `padded`; more may be
  // pushed afterwards. out: (bands, padded / 160). Throws std::out_of_range where `samples` is not
  // within kMostBack of what was pushed, std::invalid_argument for a `padded` below `samples` or
  // 201 (nothing to reflect), or above kMostSamples.
  void spectrogram(size_t samples, size_t padded, float* out) const;

  // Another utterance.
  void reset();

 private:
  static constexpr int kGroup = 8;
  static constexpr size_t kGroupSamples = LogMelTables::kWindow + (kGroup - 1) * LogMelTables::kHop;

  // Groups of frames that `samples` samples complete.
  static size_t complete_groups(size_t samples);
  void compute_complete();
  // The samples of a group's frames where not all of them are there, or some are reflected.
  void gather(size_t group, size_t samples, size_t padded, float* out) const;
  // rows: (bands, 8) base-10 logarithms. Returns the largest.
  float compute(const float* first, F8* rows) const;

  const LogMelTables* tables_;
  Path path_;
  size_t most_samples_;
  size_t samples_ = 0;
  std::vector<float> heard_;    // the newest samples
  size_t heard_from_ = 0;       // number of the first of them
  size_t heard_samples_ = 0;    // how many
  size_t groups_ = 0;           // computed
  std::vector<float> rows_;     // (bands, groups * 8) base-10 logarithms, by band
  std::vector<float> loudest_;  // (groups,)
};

#ifdef KEFU_CUDA
namespace cuda {

// The spectrograms of many utterances. Pointers are the device's. tables: a copy of
// log_mel_tables(bands). audio: (calls, stride) float32; of call c the first samples[c] are taken,
// at most `padded`, and zeros follow up to `padded`, 201 or more. loudest: (calls,), to work with.
// out: (calls, bands, padded / 160) float32. At most 65,535 calls. Throws std::runtime_error.
void log_mel(const LogMelTables* tables, int bands, const float* audio, const int32_t* samples,
             int calls, int stride, int padded, uint32_t* loudest, float* out, cudaStream_t stream);

}  // namespace cuda
#endif

}  // namespace kefu
