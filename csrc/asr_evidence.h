// Signs of whether a text was really said. They are measured here; what follows from them is
// decided in Python (`engines/asr/guards.py`).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "alignment.h"
#include "argument.h"

namespace kefu {

// The longest stretch that stands at least `times` in a row, in symbols; 0: none does. times: 2 or
// more.
inline size_t longest_repeat(const Symbols& symbols, size_t times) {
  // Backwards, so that the first found is the longest. A stretch of n that stands k times in a row
  // is a run of n × (k - 1) symbols that are as n before.
  for (size_t length = symbols.size / times; length > 0; --length) {
    size_t run = 0;
    for (size_t at = length; at < symbols.size; ++at) {
      run = symbols.data[at] == symbols.data[at - length] ? run + 1 : 0;
      if (run >= length * (times - 1)) return length;
    }
  }
  return 0;
}

// 1 − edit distance ÷ the longer: 1 for equal texts (two empty ones too), 0 for nothing in common.
inline double agreement(const Symbols& a, const Symbols& b, size_t symbols) {
  const size_t longer = std::max(a.size, b.size);
  if (longer == 0) return 1.0;
  return 1.0 - static_cast<double>(edit_distance(a, b, symbols)) / static_cast<double>(longer);
}

// From `begin_ms` to `end_ms`.
struct Interval {
  double begin_ms;
  double end_ms;
};

// The share of the time of `spoken` in which there was voice, 0..1; 0 where `spoken` has no length.
// voiced: ordered and apart. Throws std::invalid_argument: `spoken`, `voiced`: not finite, from
// their end to their beginning, or (voiced) not in order.
inline double voiced_share(const std::vector<Interval>& spoken,
                           const std::vector<Interval>& voiced) {
  constexpr double kMostMs = 1e12;
  const auto check = [&](const Interval& one, double least, const char* name) {
    if (one.begin_ms >= least && one.end_ms >= one.begin_ms && one.end_ms <= kMostMs) return;
    refuse(name, std::to_string(one.begin_ms) + " to " + std::to_string(one.end_ms),
           "ordered finite times");
  };
  double before = 0.0;
  std::vector<double> below(voiced.size() + 1);  // voice in all intervals before each
  for (size_t i = 0; i < voiced.size(); ++i) {
    check(voiced[i], before, "voiced");
    before = voiced[i].end_ms;
    below[i + 1] = below[i] + (voiced[i].end_ms - voiced[i].begin_ms);
  }
  double whole = 0.0;
  double shared = 0.0;
  for (const Interval& one : spoken) {
    check(one, 0.0, "spoken");
    whole += one.end_ms - one.begin_ms;
    const auto first =
        std::lower_bound(voiced.begin(), voiced.end(), one.begin_ms,
                         [](const Interval& v, double from) { return v.end_ms <= from; });
    const auto last =
        std::lower_bound(first, voiced.end(), one.end_ms,
                         [](const Interval& v, double until) { return v.begin_ms < until; });
    if (first == last) continue;
    const auto from = static_cast<size_t>(first - voiced.begin());
    const auto to = static_cast<size_t>(last - voiced.begin()) - 1;
    shared += std::min(one.end_ms, first->end_ms) - std::max(one.begin_ms, first->begin_ms);
    if (from == to) continue;
    shared +=
        below[to] - below[from + 1] + std::min(one.end_ms, voiced[to].end_ms) - voiced[to].begin_ms;
  }
  return whole > 0.0 ? std::min(1.0, shared / whole) : 0.0;
}

}  // namespace kefu
