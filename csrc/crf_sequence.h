// One sequence of a linear-chain CRF: its best path, the sum over its paths, its marginals.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "exponential.h"

namespace kefu::crf {

constexpr size_t kLanes = 8;
constexpr size_t kMostBlocks = 4;
constexpr float kNever = -std::numeric_limits<float>::infinity();
// Sums below lose terms that are no normal numbers: at most 512 of 2^-126 against this.
constexpr float kLeastExact = 0x1p-90f;

// Transitions with rows padded to lanes, and the same in the domain of e^x.
struct Rows {
  size_t tags;
  size_t width;          // tags padded to a multiple of kLanes
  const float* log;      // (tags, width), -inf beyond the tags
  const float* exp;      // (tags, width), e^(log - highest); 1 in columns that are all -inf
  const float* highest;  // (width,), of each column
};

// Lanes beyond the tags become -inf.
KEFU_INLINE void copy_row(const float* from, size_t tags, size_t width, float* to) {
  std::memcpy(to, from, tags * sizeof(float));
  for (size_t tag = tags; tag < width; ++tag) to[tag] = kNever;
}

KEFU_INLINE void add_row(const float* row, size_t width, float* to) {
  for (size_t tag = 0; tag < width; tag += kLanes) {
    store8(to + tag, load8(to + tag) + load8(row + tag));
  }
}

KEFU_INLINE float highest_of(const float* row, size_t width) {
  F8 most = load8(row);
  for (size_t tag = kLanes; tag < width; tag += kLanes) most = larger8(load8(row + tag), most);
  float highest = most[0];
  for (int lane = 1; lane < 8; ++lane) highest = std::max(highest, most[lane]);
  return highest;
}

// The lowest place of the largest a + b.
KEFU_INLINE size_t best_sum(const float* a, const float* b, size_t width, float& score) {
  F8 most = load8(a) + load8(b);
  I8 place{};
  for (size_t tag = kLanes; tag < width; tag += kLanes) {
    const F8 sums = load8(a + tag) + load8(b + tag);
    const I8 better = sums > most;
    most = better ? sums : most;
    place = better ? I8{} + static_cast<int32_t>(tag) : place;
  }
  score = most[0];
  int32_t best = place[0];
  for (int lane = 1; lane < 8; ++lane) {
    const int32_t tag = place[lane] + lane;
    if (most[lane] > score || (most[lane] == score && tag < best)) {
      score = most[lane];
      best = tag;
    }
  }
  return static_cast<size_t>(best);
}

// to[j] = max over i of from[i] + log[i][j], for `blocks` blocks of lanes.
template <size_t blocks>
KEFU_INLINE void reach(const float* from, const float* log, size_t tags, size_t width, float* to) {
  F8 most[blocks];
  for (F8& each : most) each = all8(kNever);
  for (size_t i = 0; i < tags; ++i) {
    const F8 score = all8(from[i]);
    for (size_t block = 0; block < blocks; ++block) {
      most[block] = larger8(score + load8(log + i * width + block * kLanes), most[block]);
    }
  }
  for (size_t block = 0; block < blocks; ++block) store8(to + block * kLanes, most[block]);
}

// to[j] = Σ over i of from[i] exp[i][j].
template <bool fused, size_t blocks>
KEFU_INLINE void add_up(const float* from, const float* exp, size_t tags, size_t width, float* to) {
  F8 sums[blocks] = {};
  for (size_t i = 0; i < tags; ++i) {
    const F8 share = all8(from[i]);
    for (size_t block = 0; block < blocks; ++block) {
      sums[block] = fma8<fused>(share, load8(exp + i * width + block * kLanes), sums[block]);
    }
  }
  for (size_t block = 0; block < blocks; ++block) store8(to + block * kLanes, sums[block]);
}

// Calls `each(blocks, first tag)` for groups of at most kMostBlocks, `blocks` a constant.
template <typename Each>
KEFU_INLINE void for_blocks(size_t width, const Each& each) {
  size_t tag = 0;
  for (; tag + kMostBlocks * kLanes <= width; tag += kMostBlocks * kLanes) {
    each(std::integral_constant<size_t, 4>{}, tag);
  }
  switch ((width - tag) / kLanes) {
    case 3:
      each(std::integral_constant<size_t, 3>{}, tag);
      break;
    case 2:
      each(std::integral_constant<size_t, 2>{}, tag);
      break;
    case 1:
      each(std::integral_constant<size_t, 1>{}, tag);
      break;
    default:
      break;
  }
}

// ln Σ over i of e^(from[i] + log[i][j]), of eight j, whatever lies between the scores.
template <bool fused>
KEFU_INLINE F8 exact_sum(const float* from, const float* log, size_t tags, size_t width) {
  F8 most = all8(kNever);
  for (size_t i = 0; i < tags; ++i) most = larger8(all8(from[i]) + load8(log + i * width), most);
  const F8 base = most == kNever ? F8{} : most;
  F8 sums{};
  for (size_t i = 0; i < tags; ++i) {
    sums += exp8<fused>(all8(from[i]) + load8(log + i * width) - base);
  }
  return base + log8<fused>(sums);
}

// to[j] = ln Σ over i of e^(from[i] + log[i][j]), where from's largest is 0. `shares`: (width,).
template <bool fused>
KEFU_INLINE void step(const float* from, const Rows& rows, float* shares, float* to) {
  const size_t width = rows.width;
  for (size_t tag = 0; tag < width; tag += kLanes) {
    store8(shares + tag, exp8<fused>(load8(from + tag)));
  }
  for_blocks(width, [&](auto blocks, size_t tag) __attribute__((always_inline)) {
    add_up<fused, blocks>(shares, rows.exp + tag, rows.tags, width, to + tag);
  });
  for (size_t tag = 0; tag < width; tag += kLanes) {
    const F8 sums = load8(to + tag);
    const I8 small = sums < kLeastExact;
    bool exact = true;
    for (int lane = 0; lane < 8; ++lane) exact = exact && small[lane] == 0;
    store8(to + tag, exact ? log8<fused>(sums) + load8(rows.highest + tag)
                           : exact_sum<fused>(from, rows.log + tag, rows.tags, width));
  }
}

// Takes the largest of the row away from it and returns it; false where all is -inf.
KEFU_INLINE bool lower_by_highest(float* row, size_t width, double& taken) {
  const float highest = highest_of(row, width);
  if (highest == kNever) return false;
  for (size_t tag = 0; tag < width; tag += kLanes) store8(row + tag, load8(row + tag) - highest);
  taken += static_cast<double>(highest);
  return true;
}

// One sequence of `length` steps at `emissions`; `work`: (length + 2, width) for all bodies.
struct Sequence {
  const float* emissions;
  size_t length;
  const float* start;
  const float* end;
  float* work;
};

KEFU_INLINE bool viterbi_body(const Sequence& it, const Rows& rows, const Rows& back,
                              int32_t* path) {
  const size_t width = rows.width;
  float* const row = it.work + it.length * width;
  copy_row(it.emissions, rows.tags, width, it.work);
  add_row(it.start, width, it.work);
  for (size_t t = 1; t < it.length; ++t) {
    const float* const before = it.work + (t - 1) * width;
    float* const now = it.work + t * width;
    for_blocks(width, [&](auto blocks, size_t tag) __attribute__((always_inline)) {
      reach<blocks>(before, rows.log + tag, rows.tags, width, now + tag);
    });
    copy_row(it.emissions + t * rows.tags, rows.tags, width, row);
    add_row(row, width, now);
  }
  float score = 0;
  size_t tag = best_sum(it.work + (it.length - 1) * width, it.end, width, score);
  if (score == kNever) return false;
  path[it.length - 1] = static_cast<int32_t>(tag);
  for (size_t t = it.length - 1; t-- > 0;) {
    tag = best_sum(it.work + t * width, back.log + tag * width, width, score);
    path[t] = static_cast<int32_t>(tag);
  }
  return true;
}

// Leaves ln of the forward sums, each row less its largest, in work's first `length` rows.
template <bool fused>
KEFU_INLINE bool forward_body(const Sequence& it, const Rows& rows, double& sum) {
  const size_t width = rows.width;
  float* const shares = it.work + it.length * width;
  float* const row = shares + width;
  copy_row(it.emissions, rows.tags, width, it.work);
  add_row(it.start, width, it.work);
  sum = 0;
  for (size_t t = 0;; ++t) {
    float* const now = it.work + t * width;
    if (!lower_by_highest(now, width, sum)) return false;
    if (t + 1 == it.length) break;
    step<fused>(now, rows, shares, now + width);
    copy_row(it.emissions + (t + 1) * rows.tags, rows.tags, width, row);
    add_row(row, width, now + width);
  }
  std::memcpy(row, it.work + (it.length - 1) * width, width * sizeof(float));
  add_row(it.end, width, row);
  if (!lower_by_highest(row, width, sum)) return false;
  F8 total{};
  for (size_t tag = 0; tag < width; tag += kLanes) total += exp8<fused>(load8(row + tag));
  sum += std::log(static_cast<double>(kefu::sum(total)));
  return true;
}

// The rows of forward sums become probabilities, from the last back.
template <bool fused>
KEFU_INLINE bool marginals_body(const Sequence& it, const Rows& rows, const Rows& back,
                                float* later, float* probabilities) {
  double sum = 0;
  if (!forward_body<fused>(it, rows, sum)) return false;
  const size_t width = rows.width;
  float* const shares = it.work + it.length * width;
  float* const row = shares + width;
  std::memcpy(later, it.end, width * sizeof(float));
  for (size_t t = it.length; t-- > 0;) {
    float* const now = it.work + t * width;
    add_row(later, width, now);
    lower_by_highest(now, width, sum);
    F8 total{};
    for (size_t tag = 0; tag < width; tag += kLanes) {
      const F8 share = exp8<fused>(load8(now + tag));
      store8(now + tag, share);
      total += share;
    }
    const float whole = kefu::sum(total);
    for (size_t tag = 0; tag < rows.tags; ++tag) {
      probabilities[t * rows.tags + tag] = now[tag] / whole;
    }
    if (t == 0) break;
    copy_row(it.emissions + t * rows.tags, rows.tags, width, row);
    add_row(later, width, row);
    lower_by_highest(row, width, sum);
    step<fused>(row, back, shares, later);
  }
  return true;
}

}  // namespace kefu::crf
