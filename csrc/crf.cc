// Versions, for (16, 64, 23) on one core of an AVX-512 server:
//   1. Viterbi with a table of back pointers, one tag at a time.
//   2. Tags padded to lanes: eight successors at once, compare and select for score and pointer.
//   3. No pointers: the forward pass keeps scores alone (add, max), and the way back looks the
//      predecessor up, for the one tag a step that lies on the path. Up to four blocks of lanes a
//      pass, so that a predecessor's score is broadcast once. 0.14 ms.
// Sums:
//   1. e^x of every pair of tags.
//   2. e^transitions is made once: a step is a matrix times a vector, and one e^x and one ln a tag.
//      Where that sum is too small to be exact (scores far apart, as with forbidden transitions of
//      -1e4), the block is done as in 1. 0.14 ms, marginals 0.35.
// Without AVX as with it, over F8: Viterbi 1.2 ms, sums 0.7. Over Halves, the same bits: 0.12,
// 0.24, marginals 0.6.
#include "crf.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "finite_scores.h"

namespace kefu {
namespace {

using crf::kLanes;
using crf::kNever;
using crf::Rows;
using crf::Sequence;

constexpr float kMostScore = 1e30f;  // sums of millions of them are finite

bool viterbi_portable(const Sequence& it, const Rows& rows, const Rows& back, int32_t* path) {
  return crf::viterbi_body<Halves>(it, rows, back, path);
}
KEFU_AVX2 bool viterbi_avx2(const Sequence& it, const Rows& rows, const Rows& back, int32_t* path) {
  return crf::viterbi_body<F8>(it, rows, back, path);
}

bool forward_portable(const Sequence& it, const Rows& rows, double& sum) {
  return crf::forward_body<Halves, kPortableFused>(it, rows, sum);
}
KEFU_AVX2 bool forward_avx2(const Sequence& it, const Rows& rows, double& sum) {
  return crf::forward_body<F8, true>(it, rows, sum);
}

bool marginals_portable(const Sequence& it, const Rows& rows, const Rows& back, float* later,
                        float* probabilities) {
  return crf::marginals_body<Halves, kPortableFused>(it, rows, back, later, probabilities);
}
KEFU_AVX2 bool marginals_avx2(const Sequence& it, const Rows& rows, const Rows& back, float* later,
                              float* probabilities) {
  return crf::marginals_body<F8, true>(it, rows, back, later, probabilities);
}

// Throws std::invalid_argument where a value is NaN, +inf or beyond kMostScore. `first`: place of
// the first of them.
void check_scores(const float* scores, size_t count, const char* name, size_t first = 0) {
  if (fit_scores(scores, count, kMostScore)) return;
  for (size_t i = 0; i < count; ++i) {
    if (!(scores[i] <= kMostScore)) {
      throw std::invalid_argument(std::string(name) + ": got " + std::to_string(scores[i]) +
                                  " at " + std::to_string(first + i) +
                                  ", expected numbers up to 1e30 or -inf");
    }
  }
}

[[noreturn]] void refuse_impossible(size_t sequence) {
  throw std::invalid_argument("emissions: got -inf for every path of sequence " +
                              std::to_string(sequence) + ", expected a possible one");
}

std::vector<float> padded(const float* row, size_t tags, size_t width) {
  std::vector<float> all(width, kNever);
  std::copy(row, row + tags, all.begin());
  return all;
}

}  // namespace

Crf::Crf(size_t tags, const float* transitions, const float* start, const float* end)
    : tags_(tags), width_((tags + kLanes - 1) / kLanes * kLanes) {
  if (tags == 0 || tags > kMostTags) {
    throw std::invalid_argument("transitions: got " + std::to_string(tags) +
                                " tags, expected 1 to " + std::to_string(kMostTags));
  }
  check_scores(transitions, tags * tags, "transitions");
  check_scores(start, tags, "start");
  check_scores(end, tags, "end");
  start_ = padded(start, tags, width_);
  end_ = padded(end, tags, width_);
  forward_ = table(transitions, tags, 1);
  backward_ = table(transitions, 1, tags);
}

Crf::Table Crf::table(const float* transitions, size_t row_step, size_t column_step) const {
  Table made;
  made.log.assign(tags_ * width_, kNever);
  made.highest.assign(width_, kNever);
  for (size_t row = 0; row < tags_; ++row) {
    for (size_t column = 0; column < tags_; ++column) {
      const float score = transitions[row * row_step + column * column_step];
      made.log[row * width_ + column] = score;
      made.highest[column] = std::max(made.highest[column], score);
    }
  }
  // A column that is never reached has shares of 1: its sum is then exact, and -inf is added to it.
  made.exp.assign(tags_ * width_, 1.0f);
  for (size_t row = 0; row < tags_; ++row) {
    for (size_t tag = 0; tag < width_; tag += kLanes) {
      const F8 highest = load8(made.highest.data() + tag);
      const F8 score = load8(made.log.data() + row * width_ + tag);
      const F8 share = exp8<false>(score - (highest == kNever ? F8{} : highest));
      store8(made.exp.data() + row * width_ + tag, highest == kNever ? all8(1.0f) : share);
    }
  }
  return made;
}

size_t Crf::checked_length(const Emissions& emissions, size_t sequence) const {
  const auto steps = static_cast<int64_t>(emissions.steps);
  const int64_t length = emissions.lengths == nullptr ? steps : emissions.lengths[sequence];
  if (length < 1 || length > steps) {
    throw std::invalid_argument("lengths: got " + std::to_string(length) + " at " +
                                std::to_string(sequence) + ", expected 1 to " +
                                std::to_string(steps));
  }
  const size_t first = sequence * emissions.steps * tags_;
  check_scores(emissions.scores + first, static_cast<size_t>(length) * tags_, "emissions", first);
  return static_cast<size_t>(length);
}

// Calls `each(sequence number, Sequence)` for every sequence, with memory for the longest.
template <typename Each>
void Crf::for_sequences(const Emissions& emissions, const Each& each) const {
  std::vector<float> work((emissions.steps + 2) * width_);
  for (size_t i = 0; i < emissions.batch; ++i) {
    const size_t length = checked_length(emissions, i);
    const float* const scores = emissions.scores + i * emissions.steps * tags_;
    each(i, Sequence{scores, length, start_.data(), end_.data(), work.data()});
  }
}

void Crf::viterbi(const Emissions& emissions, int32_t* path, double* score, Path on) const {
  const auto body = on == Path::kPortable ? viterbi_portable : viterbi_avx2;
  for_sequences(emissions, [&](size_t i, const Sequence& it) {
    int32_t* const found = path + i * emissions.steps;
    std::fill(found + it.length, found + emissions.steps, -1);
    if (!body(it, forward_.rows(tags_, width_), backward_.rows(tags_, width_), found))
      refuse_impossible(i);
    score[i] = score_of(it.emissions, it.length, found);
  });
}

void Crf::log_partition(const Emissions& emissions, double* sums, Path on) const {
  const auto body = on == Path::kPortable ? forward_portable : forward_avx2;
  for_sequences(emissions, [&](size_t i, const Sequence& it) {
    if (!body(it, forward_.rows(tags_, width_), sums[i])) refuse_impossible(i);
  });
}

void Crf::log_likelihood(const Emissions& emissions, const int32_t* path, double* likelihood,
                         Path on) const {
  const auto tags = static_cast<int32_t>(tags_);
  const auto body = on == Path::kPortable ? forward_portable : forward_avx2;
  for_sequences(emissions, [&](size_t i, const Sequence& it) {
    const int32_t* const given = path + i * emissions.steps;
    for (size_t t = 0; t < it.length; ++t) {
      if (given[t] < 0 || given[t] >= tags) {
        throw std::invalid_argument("path: got tag " + std::to_string(given[t]) + " at step " +
                                    std::to_string(t) + " of sequence " + std::to_string(i) +
                                    ", expected 0 to " + std::to_string(tags - 1));
      }
    }
    double sum = 0;
    if (!body(it, forward_.rows(tags_, width_), sum)) refuse_impossible(i);
    likelihood[i] = std::min(0.0, score_of(it.emissions, it.length, given) - sum);
  });
}

void Crf::marginals(const Emissions& emissions, float* probabilities, Path on) const {
  const auto body = on == Path::kPortable ? marginals_portable : marginals_avx2;
  std::vector<float> later(width_);
  for_sequences(emissions, [&](size_t i, const Sequence& it) {
    float* const found = probabilities + i * emissions.steps * tags_;
    std::fill(found + it.length * tags_, found + emissions.steps * tags_, 0.0f);
    if (!body(it, forward_.rows(tags_, width_), backward_.rows(tags_, width_), later.data(), found))
      refuse_impossible(i);
  });
}

double Crf::score_of(const float* emissions, size_t length, const int32_t* path) const {
  auto tag = static_cast<size_t>(path[0]);
  double score = static_cast<double>(start_[tag]) + static_cast<double>(emissions[tag]);
  for (size_t t = 1; t < length; ++t) {
    const auto next = static_cast<size_t>(path[t]);
    score += static_cast<double>(forward_.log[tag * width_ + next]);
    score += static_cast<double>(emissions[t * tags_ + next]);
    tag = next;
  }
  return score + static_cast<double>(end_[tag]);
}

}  // namespace kefu
