// How something was said: pitch, level and pace of an utterance in six figures, measured while it
// is spoken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "contour.h"
#include "level_meter.h"
#include "quantile.h"
#include "syllables.h"

namespace kefu {

// All is 0, and the level -96, where there is no voice.
struct Prosody {
  double pitch_hz = 0.0;            // median of the voiced frames
  double pitch_spread = 0.0;        // half the range of their middle 68 %, in semitones
  double level_dbfs = kSilentDbfs;  // RMS of the voiced frames
  double level_spread = 0.0;        // standard deviation of their levels, in dB
  double rate_sps = 0.0;            // syllables per second of speech, without pauses
  double voiced_ms = 0.0;
};

class ProsodyMeter {
 public:
  static constexpr double kBelowLoudestDb = 25.0;  // a frame softer than this is not voiced
  static constexpr size_t kLeastBlocks = 8;        // two frames' worth, else there is no voice

  // rate_hz: 8000 to 48 000. Takes all memory that it needs. Throws std::invalid_argument.
  explicit ProsodyMeter(int64_t rate_hz, Path path = best_path());

  // pcm: (samples,) of the utterance that follow. Allocates nothing.
  void push(const int16_t* pcm, size_t samples) { contour_.push(pcm, samples); }
  // The end of the utterance, for the next one.
  void reset() { contour_.reset(); }

  // Of what was pushed, of a long utterance the last 6 s; more may be pushed behind. Allocates
  // nothing.
  Prosody measure();

  // hz: (frames,) of each 20 ms, 0 where it is not voiced. dbfs: (frames,) of each 40 ms from
  // there, without its mean, at least kSilentDbfs. Allocates nothing.
  size_t frames() const { return contour_.frames(); }
  void contour(double* hz, double* dbfs);

 private:
  Contour contour_;
  Syllables syllables_;
  Quantiles quantiles_;
  std::vector<double> hz_;
  std::vector<double> dbfs_;
  std::vector<double> octaves_;  // log2 Hz of the voiced frames
  std::vector<double> power_;    // of frames
  std::vector<double> blocks_;   // of blocks
  std::vector<uint8_t> voiced_;
};

// The whole of one utterance: push and measure. pcm: (samples,).
Prosody prosody(const int16_t* pcm, size_t samples, int64_t rate_hz, Path path = best_path());

}  // namespace kefu
