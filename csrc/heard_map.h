// Which sample of which utterance each agent sample of the line carried, for the last seconds.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "speech_queue.h"

namespace kefu {

// A fixed ring of runs: a reply without underrun is one run, and the line adds at most two a frame.
class HeardMap {
 public:
  // Agent samples `line` and the `samples` − 1 after it carry the utterance from `from` on.
  void add(int64_t line, const Place& from, int64_t samples) {
    if (count_ > 0) {
      Run& run = newest();
      if (run.from.utterance == from.utterance && run.line + run.samples == line &&
          run.from.offset + run.samples == from.offset) {
        run.samples += samples;
        return;
      }
    }
    if (count_ == kRuns) {
      first_ = (first_ + 1) % kRuns;
      --count_;
    }
    ++count_;
    newest() = {line, from, samples};
  }

  // The place reached by whoever heard the line's samples below `line`; utterance -1 for none.
  Place at(int64_t line) const {
    for (size_t i = count_; i > 0; --i) {
      const Run& run = run_at(i - 1);
      if (run.samples > 0 && run.line < line) return run.reached(line);
    }
    return {};
  }

  // Samples of `utterance` that lie below `line`.
  int64_t heard_of(int64_t utterance, int64_t line) const {
    for (size_t i = count_; i > 0; --i) {
      const Run& run = run_at(i - 1);
      if (run.from.utterance == utterance && run.samples > 0 && run.line < line) {
        return run.reached(line).offset;
      }
    }
    return 0;
  }

  // Nobody heard the samples from `line` on of utterances up to `utterance`.
  void unhear(int64_t utterance, int64_t line) {
    for (size_t i = 0; i < count_; ++i) {
      Run& run = runs_[(first_ + i) % kRuns];
      if (run.from.utterance <= utterance && run.line + run.samples > line) {
        run.samples = std::max<int64_t>(0, line - run.line);
      }
    }
  }

 private:
  static constexpr size_t kRuns = 128;

  struct Run {
    int64_t line = 0;
    Place from;
    int64_t samples = 0;

    Place reached(int64_t end) const {
      return {from.utterance, from.offset + std::min(samples, end - line)};
    }
  };

  Run& newest() { return runs_[(first_ + count_ - 1) % kRuns]; }
  const Run& run_at(size_t i) const { return runs_[(first_ + i) % kRuns]; }

  std::array<Run, kRuns> runs_{};
  size_t first_ = 0;
  size_t count_ = 0;
};

}  // namespace kefu
