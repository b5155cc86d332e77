// Which of the caller's samples came in frames that were taken for our own echo.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "ring_buffer.h"

namespace kefu {

// Runs of samples, newest last. What lies further back than 128 changes counts as no echo.
class EchoRuns {
 public:
  // Samples up to `end` that came since the last push.
  void push(int64_t end, bool echoed) {
    if (!runs_.empty() && runs_.back().echoed == echoed) {
      runs_.back().end = end;
      return;
    }
    const int64_t start = runs_.empty() ? INT64_MIN : runs_.back().end;
    runs_.push({start, end, echoed});
  }

  // How many of the samples `from` to `end` were echo.
  int64_t echoed(int64_t from, int64_t end) const {
    int64_t samples = 0;
    for (size_t i = runs_.size(); i-- > 0 && runs_[i].end > from;) {
      if (!runs_[i].echoed) continue;
      samples += std::max<int64_t>(0, std::min(end, runs_[i].end) - std::max(from, runs_[i].start));
    }
    return samples;
  }

 private:
  struct Run {
    int64_t start = 0;
    int64_t end = 0;
    bool echoed = false;
  };

  RingBuffer<Run, 128> runs_;
};

}  // namespace kefu
