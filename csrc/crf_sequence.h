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

template <typename V>
KEFU_INLINE void add_row(const float* row, size_t width, float* to) {
  for (size_t tag = 0; tag < width; tag += kLanes) {
    store(to + tag, load<V>(to + tag) + load<V>(row + tag));
  }
}

template <typename V>
KEFU_INLINE float highest_of(const float* row, size_t width) {
  V most = load<V>(row);
  for (size_t tag = kLanes; tag < width; tag += kLanes) most = larger(load<V>(row + tag), most);
  return largest(most);
}

// The lowest place of the largest a + b. F: F8 or F4.
template <typename F, typename I>
KEFU_INLINE size_t best_sum_of(const float* a, const float* b, size_t width, float& score) {
  constexpr int lanes = sizeof(F) / sizeof(float);
  F most = load<F>(a) + load<F>(b);
  I place{};
  for (size_t tag = lanes; tag < width; tag += lanes) {
    const F sums = load<F>(a + tag) + load<F>(b + tag);
    const I better = sums > most;
    most = better ? sums : most;
    place = better ? I{} + static_cast<int32_t>(tag) : place;
  }
  score = most[0];
  int32_t best = place[0];
  for (int lane = 1; lane < lanes; ++lane) {
    const int32_t tag = place[lane] + lane;
    if (most[lane] > score || (most[lane] == score && tag < best)) {
      score = most[lane];
      best = tag;
    }
  }
  return static_cast<size_t>(best);
}

template <typename V>
KEFU_INLINE size_t best_sum(const float* a, const float* b, size_t width, float& score) {
  if constexpr (std::is_same_v<V, Halves>) {
    return best_sum_of<F4, I4>(a, b, width, score);
  } else {
    return best_sum_of<F8, I8>(a, b, width, score);
  }
}

KEFU_INLINE F8 zero_where_never(F8 value) { return value == kNever ? F8{} : value; }
KEFU_INLINE Halves zero_where_never(Halves value) {
  return {value.low == kNever ? F4{} : value.low, value.high == kNever ? F4{} : value.high};
}

KEFU_INLINE bool any_below(F8 value, float least) {
  const I8 below = value < least;
  bool any = false;
  for (int lane = 0; lane < 8; ++lane) any = any || below[lane] != 0;
  return any;
}
KEFU_INLINE bool any_below(Halves value, float least) {
  const I4 below = (value.low < least) | (value.high < least);
  uint64_t words[2];
  std::memcpy(words, &below, sizeof words);
  return (words[0] | words[1]) != 0;
}

// to[j] = max over i of from[i] + log[i][j], for `blocks` blocks of lanes.
template <typename V, size_t blocks>
KEFU_INLINE void reach(const float* from, const float* log, size_t tags, size_t width, float* to) {
  V most[blocks];
  for (V& each : most) each = all<V>(kNever);
  for (size_t i = 0; i < tags; ++i) {
    const V score = all<V>(from[i]);
    for (size_t block = 0; block < blocks; ++block) {
      most[block] = larger(score + load<V>(log + i * width + block * kLanes), most[block]);
    }
  }
  for (size_t block = 0; block < blocks; ++block) store(to + block * kLanes, most[block]);
}

// to[j] = Σ over i of from[i] exp[i][j].
template <typename V, bool fused, size_t blocks>
KEFU_INLINE void add_up(const float* from, const float* exp, size_t tags, size_t width, float* to) {
  V sums[blocks];
  for (V& each : sums) each = all<V>(0.0f);
  for (size_t i = 0; i < tags; ++i) {
    const V share = all<V>(from[i]);
    for (size_t block = 0; block < blocks; ++block) {
      sums[block] = fma8<fused>(share, load<V>(exp + i * width + block * kLanes), sums[block]);
    }
  }
  for (size_t block = 0; block < blocks; ++block) store(to + block * kLanes, sums[block]);
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
template <typename V, bool fused>
KEFU_INLINE V exact_sum(const float* from, const float* log, size_t tags, size_t width) {
  V most = all<V>(kNever);
  for (size_t i = 0; i < tags; ++i) most = larger(all<V>(from[i]) + load<V>(log + i * width), most);
  const V base = zero_where_never(most);
  V sums = all<V>(0.0f);
  for (size_t i = 0; i < tags; ++i) {
    sums = sums + exp8<fused>(all<V>(from[i]) + load<V>(log + i * width) - base);
  }
  return base + log8<fused>(sums);
}

// to[j] = ln Σ over i of e^(from[i] + log[i][j]), where from's largest is 0. `shares`: (width,).
template <typename V, bool fused>
KEFU_INLINE void step(const float* from, const Rows& rows, float* shares, float* to) {
  const size_t width = rows.width;
  for (size_t tag = 0; tag < width; tag += kLanes) {
    store(shares + tag, exp8<fused>(load<V>(from + tag)));
  }
  for_blocks(width, [&](auto blocks, size_t tag) __attribute__((always_inline)) {
    add_up<V, fused, blocks>(shares, rows.exp + tag, rows.tags, width, to + tag);
  });
  for (size_t tag = 0; tag < width; tag += kLanes) {
    const V sums = load<V>(to + tag);
    store(to + tag, any_below(sums, kLeastExact)
                        ? exact_sum<V, fused>(from, rows.log + tag, rows.tags, width)
                        : log8<fused>(sums) + load<V>(rows.highest + tag));
  }
}

// Takes the largest of the row away from it and returns it; false where all is -inf.
template <typename V>
KEFU_INLINE bool lower_by_highest(float* row, size_t width, double& taken) {
  const float highest = highest_of<V>(row, width);
  if (highest == kNever) return false;
  const V taken_away = all<V>(highest);
  for (size_t tag = 0; tag < width; tag += kLanes)
    store(row + tag, load<V>(row + tag) - taken_away);
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

template <typename V>
KEFU_INLINE bool viterbi_body(const Sequence& it, const Rows& rows, const Rows& back,
                              int32_t* path) {
  const size_t width = rows.width;
  float* const row = it.work + it.length * width;
  copy_row(it.emissions, rows.tags, width, it.work);
  add_row<V>(it.start, width, it.work);
  for (size_t t = 1; t < it.length; ++t) {
    const float* const before = it.work + (t - 1) * width;
    float* const now = it.work + t * width;
    for_blocks(width, [&](auto blocks, size_t tag) __attribute__((always_inline)) {
      reach<V, blocks>(before, rows.log + tag, rows.tags, width, now + tag);
    });
    copy_row(it.emissions + t * rows.tags, rows.tags, width, row);
    add_row<V>(row, width, now);
  }
  float score = 0;
  size_t tag = best_sum<V>(it.work + (it.length - 1) * width, it.end, width, score);
  if (score == kNever) return false;
  path[it.length - 1] = static_cast<int32_t>(tag);
  for (size_t t = it.length - 1; t-- > 0;) {
    tag = best_sum<V>(it.work + t * width, back.log + tag * width, width, score);
    path[t] = static_cast<int32_t>(tag);
  }
  return true;
}

// Leaves ln of the forward sums, each row less its largest, in work's first `length` rows.
template <typename V, bool fused>
KEFU_INLINE bool forward_body(const Sequence& it, const Rows& rows, double& sum) {
  const size_t width = rows.width;
  float* const shares = it.work + it.length * width;
  float* const row = shares + width;
  copy_row(it.emissions, rows.tags, width, it.work);
  add_row<V>(it.start, width, it.work);
  sum = 0;
  for (size_t t = 0;; ++t) {
    float* const now = it.work + t * width;
    if (!lower_by_highest<V>(now, width, sum)) return false;
    if (t + 1 == it.length) break;
    step<V, fused>(now, rows, shares, now + width);
    copy_row(it.emissions + (t + 1) * rows.tags, rows.tags, width, row);
    add_row<V>(row, width, now + width);
  }
  std::memcpy(row, it.work + (it.length - 1) * width, width * sizeof(float));
  add_row<V>(it.end, width, row);
  if (!lower_by_highest<V>(row, width, sum)) return false;
  V total = all<V>(0.0f);
  for (size_t tag = 0; tag < width; tag += kLanes) total = total + exp8<fused>(load<V>(row + tag));
  sum += std::log(static_cast<double>(kefu::sum(total)));
  return true;
}

// The rows of forward sums become probabilities, from the last back.
template <typename V, bool fused>
KEFU_INLINE bool marginals_body(const Sequence& it, const Rows& rows, const Rows& back,
                                float* later, float* probabilities) {
  double sum = 0;
  if (!forward_body<V, fused>(it, rows, sum)) return false;
  const size_t width = rows.width;
  float* const shares = it.work + it.length * width;
  float* const row = shares + width;
  std::memcpy(later, it.end, width * sizeof(float));
  for (size_t t = it.length; t-- > 0;) {
    float* const now = it.work + t * width;
    add_row<V>(later, width, now);
    lower_by_highest<V>(now, width, sum);
    V total = all<V>(0.0f);
    for (size_t tag = 0; tag < width; tag += kLanes) {
      const V share = exp8<fused>(load<V>(now + tag));
      store(now + tag, share);
      total = total + share;
    }
    const float whole = kefu::sum(total);
    for (size_t tag = 0; tag < rows.tags; ++tag) {
      probabilities[t * rows.tags + tag] = now[tag] / whole;
    }
    if (t == 0) break;
    copy_row(it.emissions + t * rows.tags, rows.tags, width, row);
    add_row<V>(later, width, row);
    lower_by_highest<V>(row, width, sum);
    step<V, fused>(row, back, shares, later);
  }
  return true;
}

}  // namespace kefu::crf
