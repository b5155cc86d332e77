// Linear-chain conditional random field (Lafferty, McCallum and Pereira, 2001) over tags:
// decoding, forward sums and marginals.
//
// The score of a tag sequence y for emissions e: start[y_0] + Σ_t e[t][y_t]
// + Σ_t transitions[y_t][y_{t+1}] + end[y_last]; its probability is e^score / Σ e^score. Start, end
// and transitions as in the package pytorch-crf; its mask is `lengths` = mask.sum(axis 1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "crf_sequence.h"
#include "simd.h"

namespace kefu {

// Scores of every tag at every step: (batch, steps, tags) float32, up to 1e30 or -inf (never).
// What lies beyond a sequence's length is not looked at.
struct Emissions {
  const float* scores;
  size_t batch;
  size_t steps;
  const int64_t* lengths = nullptr;  // (batch,), 1 to steps; null: all are `steps` long
};

// Immutable, so that threads may share one. Sums over paths are double; the float32 steps between
// them leave 1e-6 of the largest |score| a step. Methods throw std::invalid_argument for bad
// values and for a sequence that no path can have (every score is -inf).
class Crf {
 public:
  static constexpr size_t kMostTags = 512;

  // transitions: (tags, tags) float32 from row to column; start, end: (tags,) float32. Up to
  // 1e30 or -inf (forbidden).
  Crf(size_t tags, const float* transitions, const float* start, const float* end);

  size_t tags() const { return tags_; }

  // The most probable sequences. path: (batch, steps) int32, -1 beyond the length; score: (batch,).
  // Of equal scores the lowest tag wins, looked at from the last step back.
  void viterbi(const Emissions& emissions, int32_t* path, double* score) const {
    viterbi(emissions, path, score, best_path());
  }
  void viterbi(const Emissions& emissions, int32_t* path, double* score, Path on) const;

  // ln Σ e^score over all sequences. sums: (batch,).
  void log_partition(const Emissions& emissions, double* sums) const {
    log_partition(emissions, sums, best_path());
  }
  void log_partition(const Emissions& emissions, double* sums, Path on) const;

  // ln of the probability of each given sequence, at most 0. path: (batch, steps) int32, 0 to tags
  // - 1 within the length; likelihood: (batch,).
  void log_likelihood(const Emissions& emissions, const int32_t* path, double* likelihood) const {
    log_likelihood(emissions, path, likelihood, best_path());
  }
  void log_likelihood(const Emissions& emissions, const int32_t* path, double* likelihood,
                      Path on) const;

  // Probability of each tag at each step. probabilities: (batch, steps, tags) float32, 0 beyond the
  // length.
  void marginals(const Emissions& emissions, float* probabilities) const {
    marginals(emissions, probabilities, best_path());
  }
  void marginals(const Emissions& emissions, float* probabilities, Path on) const;

 private:
  struct Table {
    std::vector<float> log;
    std::vector<float> exp;
    std::vector<float> highest;

    crf::Rows rows(size_t tags, size_t width) const {
      return {tags, width, log.data(), exp.data(), highest.data()};
    }
  };

  Table table(const float* transitions, size_t row_step, size_t column_step) const;
  double score_of(const float* emissions, size_t length, const int32_t* path) const;
  size_t checked_length(const Emissions& emissions, size_t sequence) const;
  template <typename Each>
  void for_sequences(const Emissions& emissions, const Each& each) const;

  size_t tags_;
  size_t width_;
  std::vector<float> start_;  // (width,), -inf beyond the tags
  std::vector<float> end_;
  Table forward_;   // from row to column
  Table backward_;  // to row from column
};

}  // namespace kefu
