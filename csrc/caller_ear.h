// One call's ear: the caller's audio from the line to what the voice activity detector and the
// recogniser want, and the voice in it.
//
// v1 in numpy and soxr: each tick a bytearray grown and cut, windows cut off the front of an array;
//    log-mel over the whole utterance, after its end. 1.4 ms of CPU a call-second at 8 kHz.
// v2 a ring, the line resampled window by window straight into the detector's input; no memory is
//    asked for after the constructor. 0.04 ms, and the log-mel.
// v3 log-mel while voice lasts, by the compiled kernel: a tick pays for its own 20 ms, the decode
//    for nothing. 0.25 ms while somebody speaks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "echo_runs.h"
#include "log_mel.h"
#include "pcm_ring.h"
#include "resampler.h"
#include "voice_edges.h"

namespace kefu {

// What counts as voice, and what of an utterance's surroundings belongs to it.
struct EarRule {
  int64_t rate_hz;       // of the line: 8000, 16000 or 24000
  int64_t first_sample;  // number of the first sample that will come
  double on;             // as in VoiceRule
  double off;
  int64_t start_ms;
  int64_t stop_ms;
  int64_t pre_roll_ms;   // at most 5000
  int64_t post_roll_ms;  // at most 5000
};

// Samples count at the line's rate. Allocates in its constructor only. Not thread-safe.
class CallerEar {
 public:
  static constexpr int64_t kVadHz = 8000;
  static constexpr size_t kWindow = 256;  // samples of one VAD window: 32 ms at 8 kHz
  static constexpr size_t kContext = 32;  // of the window before, which the detector sees again
  static constexpr size_t kInput = kContext + kWindow;
  static constexpr size_t kHidden = 128;  // Silero's state is (2, 128)
  static constexpr int64_t kMelHz = 16000;
  static constexpr int kBands = 80;
  static constexpr int64_t kPendingMs = 3000;  // windows that wait: what is older is silence
  static constexpr int64_t kUtteranceMs =
      29500;  // recognition hears 30 s; older audio is forgotten
  static constexpr int64_t kMostLostMs = 3000;

  // Throws std::invalid_argument.
  explicit CallerEar(const EarRule& rule);

  // Throws std::invalid_argument where so many samples cannot have been lost at once.
  void check_lost(int64_t lost) const;
  // `lost` samples that never came, then pcm: (samples,) at the line's rate. `echoed`: the pcm is
  // our own voice coming back.
  void hear(const int16_t* pcm, size_t samples, int64_t lost, bool echoed);

  // Whether a window waits for the detector's answer: `input` and `state` are then its arguments.
  bool draw();
  const float* input() const { return input_.data(); }                     // (288,) -1..1, 8 kHz
  const float* state(size_t layer) const { return state_[layer].data(); }  // (128,)
  // The detector's answer for the window that was drawn, and its state after it: two times (128,).
  // Nothing where none is drawn. Throws std::invalid_argument for what is no probability.
  Edge answer(double probability, const float* layer0, const float* layer1);
  // Whether voice stopped since, in audio that was too old for the detector. Asking forgets it.
  bool take_stop() { return std::exchange(stopped_unseen_, false); }

  int64_t rate_hz() const { return rule_.rate_hz; }
  int64_t next_sample() const { return ring_.next(); }
  bool voiced() const { return edges_.voiced(); }
  // The detector's newest answer; 0 for our own echo.
  double newest() const { return newest_; }
  // First sample of the newest stretch of voice, and just past its last.
  int64_t voice_start() const { return base_ + edges_.voice_start() * per_vad_; }
  int64_t voice_end() const { return base_ + edges_.voice_end() * per_vad_; }
  double silence_ms() const { return vad_ms(edges_.silence_samples()); }
  double voiced_ms() const { return vad_ms(edges_.voiced_samples()); }  // in this utterance

  // Voice has started and the utterance has not been finished.
  bool in_utterance() const { return utterance_from_ >= 0; }
  int64_t utterance_start() const { return in_utterance() ? utterance_from_ : voice_start(); }
  // What of it is there, with pre-roll and at most the post-roll: first sample and just past the
  // last.
  int64_t pcm_start() const;
  int64_t pcm_end() const;
  // pcm: (pcm_end() - pcm_start(),).
  void pcm(int16_t* pcm) const { ring_.copy(pcm_start(), pcm_end(), pcm); }

  // Whisper's log-mel of the same audio, at 16 kHz, then silence: 0 where there is no utterance or
  // its beginning was forgotten. The last frame is all silence.
  size_t spectrogram_frames();
  // out: (80, spectrogram_frames()). The utterance may go on.
  void spectrogram(float* out);

  // The utterance is answered or dismissed; what comes next begins a new one.
  void finish_utterance();
  // As if nothing had been heard before: what comes next begins with silence.
  void begin_anew();

 private:
  static double vad_ms(int64_t samples) {
    return static_cast<double>(samples) * 1000.0 / static_cast<double>(kVadHz);
  }
  int64_t of_ms(int64_t ms) const { return ms * rule_.rate_hz / 1000; }
  int64_t window() const { return static_cast<int64_t>(kWindow) * per_vad_; }
  void take_in(const int16_t* pcm, size_t samples, bool echoed);
  void read_window(float* window);
  void mask(float* window) const;
  void drop_backlog();
  void skip_windows(int64_t windows);
  void forget();
  void begin_utterance();
  void follow();

  EarRule rule_;
  int64_t per_vad_;  // line samples in one of the detector's
  PcmRing ring_;
  EchoRuns echo_;
  int64_t first_;   // what lies before is forgotten
  int64_t vad_at_;  // first sample that the detector has not drawn
  int64_t base_;    // where the edges' count begins
  VoiceEdges edges_;
  std::optional<Resampler> to_vad_;
  std::array<float, kInput> input_{};
  std::array<std::array<float, kHidden>, 2> state_{};
  bool drawn_ = false;
  bool masked_ = false;  // the drawn window is our own echo
  bool stopped_unseen_ = false;
  double newest_ = 0.0;
  int64_t utterance_from_ = -1;

  std::optional<Resampler> to_mel_;
  LogMel mel_;
  int64_t mel_from_ = 0;    // line sample that the spectrogram begins with
  int64_t mel_at_ = 0;      // line samples below it are in it
  size_t mel_skipped_ = 0;  // of the resampler's delay
};

}  // namespace kefu
