// When voice starts and stops: hysteresis over the probabilities of a voice activity detector.
#pragma once

#include <cstdint>

namespace kefu {

enum class Edge { kNone, kStarted, kStopped };

// What a detector is asked, and what counts as voice.
struct VoiceRule {
  int64_t window;   // samples of one probability
  int64_t rate_hz;  // of these samples
  double on;        // a window at or above it is voiced
  double off;       // one below it is silent; while voice lasts, all others are voiced
  int64_t start_ms;
  int64_t stop_ms;
};

// Counts samples from 0. Voice starts once voiced windows of `start_ms` have come without a silent
// one between them, and stops after silent windows of `stop_ms` on end.
class VoiceEdges {
 public:
  // Throws std::invalid_argument.
  explicit VoiceEdges(const VoiceRule& rule);

  // The next window. Throws std::invalid_argument for what is no probability.
  Edge push(double probability);
  // Samples that the detector did not see: silence. Throws std::invalid_argument for fewer than
  // none, and for more than 2^53 in all.
  Edge skip(int64_t samples);

  bool voiced() const { return voiced_; }
  // First sample of the current or last voice, -1 before any.
  int64_t voice_start() const { return voice_start_; }
  // Past its last voiced window, -1 before any.
  int64_t voice_end() const { return voice_end_; }
  int64_t silence_samples() const { return voice_end_ < 0 ? position_ : position_ - voice_end_; }
  int64_t voiced_samples() const { return voiced_samples_; }
  void reset_utterance() { voiced_samples_ = 0; }

 private:
  Edge silence(int64_t samples);

  VoiceRule rule_;
  bool voiced_ = false;
  int64_t position_ = 0;
  int64_t candidate_start_ = -1;
  int64_t candidate_samples_ = 0;
  int64_t voice_start_ = -1;
  int64_t voice_end_ = -1;
  int64_t silent_run_ = 0;
  int64_t voiced_samples_ = 0;
};

}  // namespace kefu
