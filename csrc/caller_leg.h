// The caller's half of a line: numbered payloads in, PCM out, holes concealed or counted as lost.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "codec.h"
#include "conceal.h"
#include "level_meter.h"
#include "pcm_ring.h"
#include "ring_buffer.h"

namespace kefu {

// What became of one payload, in samples.
struct Received {
  int64_t accepted = 0;   // new
  int64_t concealed = 0;  // invented for a gap of at most 60 ms
  int64_t lost = 0;       // in a longer gap
  int64_t dropped = 0;    // below next(): repeats
};

// Samples without a hole in them, `first` to `end`.
struct Stretch {
  int64_t first = 0;
  int64_t end = 0;
  int64_t lost = 0;  // missing just before `first`

  size_t samples() const { return static_cast<size_t>(end - first); }
};

// Allocates in its constructor only. Not thread-safe.
class CallerLeg {
 public:
  explicit CallerLeg(const Codec& codec);

  // Number of the next sample that is expected.
  int64_t next() const { return ring_.next(); }

  // Takes one frame of the caller's. Throws std::invalid_argument where its size is not the
  // codec's, std::out_of_range for a jump of more than 3 s; the state is then unchanged.
  Received receive(int64_t first_sample, const uint8_t* payload, size_t bytes);

  // The oldest stretch that nobody took; empty where there is none.
  Stretch waiting() const;
  // Writes waiting() to `pcm` and counts it as taken.
  void take(int16_t* pcm);

  // The last 3 s or what there is of them, lost samples as zeros.
  size_t recent_samples() const { return static_cast<size_t>(next() - oldest()); }
  void recent(int16_t* pcm) const { ring_.copy(oldest(), next(), pcm); }

  // Of the last 20 ms.
  Level level() const;

  static constexpr int kRingMs = 3000;

 private:
  static constexpr size_t kLongest20Ms = 480;  // samples, at 24 kHz

  int64_t oldest() const;
  void append(const int16_t* pcm, size_t samples);
  void conceal(int64_t samples);
  void lose(int64_t samples);
  void begin_stretch() { stretches_.push({next(), next(), 0}); }

  Codec codec_;
  Concealer concealer_;
  PcmRing ring_;
  std::vector<int16_t> decoded_;       // one frame
  std::vector<int16_t> invented_;      // the longest gap that is concealed
  RingBuffer<Stretch, 32> stretches_;  // where nobody takes, the oldest is given up
  int64_t taken_ = 0;                  // samples below were handed on, or are beyond recall
};

}  // namespace kefu
