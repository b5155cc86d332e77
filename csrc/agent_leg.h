// The agent's half of a line: utterances in, one coded frame every 20 ms out, silence included.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "codec.h"
#include "gain_ramp.h"
#include "heard_map.h"
#include "speech_queue.h"

namespace kefu {

// Allocates in its constructor only. Not thread-safe. Samples count at the line's rate.
class AgentLeg {
 public:
  explicit AgentLeg(const Codec& codec);

  // As SpeechQueue::push.
  size_t say(int64_t utterance, int64_t offset, const int16_t* pcm, size_t samples, bool last) {
    return queue_.push(utterance, offset, pcm, samples, last);
  }

  // Ends utterances up to this one: what is on the line fades in 10 ms, the rest is dropped. The
  // fade does not count as heard. True where one of them was on the line or queued.
  bool cut(int64_t utterance);

  // From the present gain to `target` (linear) over `samples`; it holds across utterances.
  void set_gain(double target, size_t samples) { gain_.go_to(target, samples); }

  // Writes the next frame to `payload`; false while paused (no number is then used up).
  bool frame(uint8_t* payload);

  int64_t next() const { return next_; }
  int64_t untaken() const { return next_ - taken_; }
  // More than 500 ms untaken.
  bool paused() const {
    return untaken() > static_cast<int64_t>(codec_.samples_of(kMostUntakenMs));
  }
  // The last frame held no sample of an utterance.
  bool silent() const { return silent_; }

  // The client took what lies below `sample`. Never goes back, nor beyond next().
  void set_taken(int64_t sample);
  // How far the client has heard; utterance -1 before any.
  Place heard() const { return map_.at(taken_); }
  // The client dropped what it had from `first_dropped` on of the utterances cut so far. Returns
  // how much was heard of the newest cut since the last settling; utterance -1 where none was.
  Place settle(int64_t first_dropped);

  const SpeechQueue& queue() const { return queue_; }

  static constexpr int kQueueMs = 2000;
  static constexpr int kMostUntakenMs = 500;
  static constexpr int kFadeMs = 10;

 private:
  // Bounds what a frame adds to the map; a third utterance waits for the next frame.
  static constexpr int kRunsPerFrame = 2;

  Codec codec_;
  SpeechQueue queue_;
  HeardMap map_;
  GainRamp gain_;
  std::vector<int16_t> pcm_;   // one frame
  std::vector<int16_t> fade_;  // what leaves first in the next frame
  size_t fade_samples_ = 0;
  int64_t sounding_ = -1;   // utterance of the last sample that left
  int64_t unsettled_ = -1;  // newest cut that was not settled
  int64_t next_ = 0;
  int64_t taken_ = 0;
  bool silent_ = true;
};

}  // namespace kefu
