// Which sample of which utterance each agent sample of the line carried, for the last seconds.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "ring_buffer.h"
#include "speech_queue.h"

namespace kefu {

// A fixed ring of runs: a reply without underrun is one run, and the line adds at most two a frame.
class HeardMap {
 public:
  // Agent samples `line` and the `samples` − 1 after it carry the utterance from `from` on.
  void add(int64_t line, const Place& from, int64_t samples) {
    if (!runs_.empty()) {
      Run& run = runs_.back();
      if (run.from.utterance == from.utterance && run.line + run.samples == line &&
          run.from.offset + run.samples == from.offset) {
        run.samples += samples;
        return;
      }
    }
    runs_.push({line, from, samples});
  }

  // The place reached by whoever heard the line's samples below `line`; utterance -1 for none.
  Place at(int64_t line) const {
    for (size_t i = runs_.size(); i > 0; --i) {
      const Run& run = runs_[i - 1];
      if (run.samples > 0 && run.line < line) return run.reached(line);
    }
    return {};
  }

  // Samples of `utterance` that lie below `line`.
  int64_t heard_of(int64_t utterance, int64_t line) const {
    for (size_t i = runs_.size(); i > 0; --i) {
      const Run& run = runs_[i - 1];
      if (run.from.utterance == utterance && run.samples > 0 && run.line < line) {
        return run.reached(line).offset;
      }
    }
    return 0;
  }

  // Nobody heard the samples from `line` on of utterances up to `utterance`.
  void unhear(int64_t utterance, int64_t line) {
    for (size_t i = 0; i < runs_.size(); ++i) {
      Run& run = runs_[i];
      if (run.from.utterance <= utterance && run.line + run.samples > line) {
        run.samples = std::max<int64_t>(0, line - run.line);
      }
    }
  }

 private:
  struct Run {
    int64_t line = 0;
    Place from;
    int64_t samples = 0;

    Place reached(int64_t end) const {
      return {from.utterance, from.offset + std::min(samples, end - line)};
    }
  };

  RingBuffer<Run, 128> runs_;
};

}  // namespace kefu
