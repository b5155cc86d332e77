// Which of the caller's samples came in frames that were taken for our own echo.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace kefu {

// Runs of samples, newest last. What lies further back than 128 changes counts as no echo.
class EchoRuns {
 public:
  // Samples up to `end` that came since the last push.
  void push(int64_t end, bool echoed) {
    if (count_ > 0 && run(count_ - 1).echoed == echoed) {
      run(count_ - 1).end = end;
      return;
    }
    const int64_t start = count_ > 0 ? run(count_ - 1).end : INT64_MIN;
    if (count_ == kRuns) {
      oldest_ = (oldest_ + 1) % kRuns;
      --count_;
    }
    run(count_++) = {start, end, echoed};
  }

  // How many of the samples `from` to `end` were echo.
  int64_t echoed(int64_t from, int64_t end) const {
    int64_t samples = 0;
    for (size_t i = count_; i-- > 0 && run(i).end > from;) {
      if (!run(i).echoed) continue;
      samples += std::max<int64_t>(0, std::min(end, run(i).end) - std::max(from, run(i).start));
    }
    return samples;
  }

 private:
  struct Run {
    int64_t start = 0;
    int64_t end = 0;
    bool echoed = false;
  };
  static constexpr size_t kRuns = 128;

  Run& run(size_t number) { return runs_[(oldest_ + number) % kRuns]; }
  const Run& run(size_t number) const { return runs_[(oldest_ + number) % kRuns]; }

  std::array<Run, kRuns> runs_{};
  size_t oldest_ = 0;
  size_t count_ = 0;
};

}  // namespace kefu
