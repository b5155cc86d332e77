// The ears of all calls of a slot, once a tick: PCM in, the voice activity detector's batch out,
// its answers in, voice edges out.
//
// v1 call by call: 50 crossings from Python a call-second. 0.5 ms of CPU with what the ear costs.
// v2 one pass over all ears that fills contiguous rows, and one that empties them. 0.25 ms.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "caller_ear.h"

namespace kefu {

// What one call's line brought.
struct Heard {
  std::shared_ptr<CallerEar> ear;
  const int16_t* pcm = nullptr;  // (samples,) at the line's rate
  size_t samples = 0;
  int64_t lost = 0;     // missing just before
  bool echoed = false;  // it is our own voice coming back
};

// Voice started or stopped in the call at place `index` of the tick's calls.
struct Change {
  size_t index;
  Edge edge;
  int64_t sample;  // of the line: first voiced, or just past the last
};

// Memory grows with the calls of a tick and is kept; after that none is asked for. Not thread-safe.
class FrontEnd {
 public:
  // `batch`: rows of one run of the detector, 1 to 1024. Throws std::invalid_argument.
  explicit FrontEnd(size_t batch);

  // All calls' audio, each ear once, and the first batch of their windows. Throws
  // std::invalid_argument before anything was taken in. The ears are held until the next tick.
  void tick(const Heard* heard, size_t calls);

  // Rows that wait for an answer: input (rows, 288), state (2, rows, 128), float32.
  size_t rows() const { return rows_.size(); }
  const float* input() const { return input_.data(); }
  const float* state() const { return state_.data(); }

  // probabilities: (rows,), states: (2, rows, 128). Then the next windows of calls that are behind
  // wait, if any. What changed is valid until the next answer. Throws std::invalid_argument for a
  // value that no detector gives; nothing has moved then.
  const std::vector<Change>& answer(const float* probabilities, const float* states);

 private:
  void gather();

  size_t batch_;
  std::vector<std::shared_ptr<CallerEar>> ears_;
  std::vector<size_t> rows_;  // places in ears_
  std::vector<float> input_;
  std::vector<float> state_;
  std::vector<Change> changes_;
};

}  // namespace kefu
