// What the agent has still to say: PCM of utterances in the order of their numbers.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pcm_ring.h"
#include "ring_buffer.h"

namespace kefu {

// A place in an utterance: samples before `offset` have left.
struct Place {
  int64_t utterance = -1;
  int64_t offset = 0;
};

// Utterances leave one after the other; a newer one closes the one before it. Allocates in its
// constructor only. Not thread-safe.
class SpeechQueue {
 public:
  // `capacity`: samples that may wait.
  explicit SpeechQueue(size_t capacity) : ring_(capacity, 0) {}

  // Queues `samples` of `utterance`, of which `offset` came before; `last` closes it. Returns the
  // samples queued: 0 where the utterance is over or a newer one has begun. Throws
  // std::invalid_argument for a hole or overlap, a closed utterance, or too much.
  size_t push(int64_t utterance, int64_t offset, const int16_t* pcm, size_t samples, bool last);

  // Takes at most `samples` of the foremost utterance; `place` becomes that of the first of them.
  // Returns how many were there.
  size_t pop(int16_t* pcm, size_t samples, Place* place);

  // Forgets what waits of utterances up to `utterance`, now and later.
  void drop(int64_t utterance);

  // An utterance has begun and is not over.
  bool open() const { return !utterances_.empty(); }
  // Of the foremost utterance: the next sample to leave. Valid while open().
  Place front() const { return utterances_.front().next; }

  size_t waiting() const { return static_cast<size_t>(ring_.next() - read_); }
  // Highest number that was said to its end or dropped, -1 before any.
  int64_t finished() const { return finished_; }

 private:
  static constexpr size_t kUtterances = 16;

  struct Utterance {
    Place next;
    int64_t end = 0;  // its last sample's successor, counted over all that was written
    bool closed = false;
  };

  void check(int64_t utterance, int64_t offset, size_t samples, bool begins) const;
  void pop_front();
  void pop_finished();

  PcmRing ring_;
  RingBuffer<Utterance, kUtterances> utterances_;
  int64_t read_ = 0;
  int64_t finished_ = -1;
};

}  // namespace kefu
