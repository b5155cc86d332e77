// The next token, drawn from logits: repetition penalty, temperature, top-k, top-p, in this order,
// as the logits processors of Hugging Face transformers.
//
//   repetition  of each token in the history, a logit ≥ 0 is divided, one < 0 multiplied (Keskar et
//               al., CTRL, 2019)
//   temperature divides; 0: the most likely token, of equal ones the lowest
//   top-k       what is below the k-th largest goes; equals of it stay
//   top-p       the most likely stay, equals by number, until their probability reaches p (Holtzman
//               et al., 2020)
//
// Probabilities are integers, 2^40 for the most likely token: sums come out the same in any order,
// so that the host, on any instruction set, and the device draw the same token. A token below e^-28
// of the most likely is never drawn. The draw: Philox 4x32-10 with the seed as key and (call, step)
// as counter; its first 64 bits, as a share of the sum, fall on a token in the order of numbers.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

#include "host_device.h"
#include "philox.h"
#include "simd.h"

namespace kefu {

struct SamplingRule {
  float temperature;         // 0, or 1e-4 to 1e4
  int64_t top_k;             // 0: all
  double top_p;              // above 0; 1: all
  float repetition_penalty;  // 0.01 to 100; 1: none
};

constexpr float kMostLogit = 1e30f;  // penalty and temperature then keep it finite

KEFU_HD inline float penalised(float logit, float penalty) {
  return logit < 0.0f ? logit * penalty : logit / penalty;
}

// e^inside as power 2^n, power 0.7 to 1.42; -28 ≤ inside ≤ 0. As `exp8`. F: float, or lanes of it.
template <typename F>
KEFU_HD inline F sampling_power(F inside, F* n) {
  const F shifted = inside * 1.44269504f + 12582912.0f;
  *n = shifted - 12582912.0f;
  const F r = (inside - *n * 0.693359375f) + *n * 2.12194440e-4f;
  F power = 1.375138e-3f * r + 8.3689233e-3f;
  power = power * r + 4.1669533e-2f;
  power = power * r + 0.16666518f;
  power = power * r + 0.49999988f;
  return (power * (r * r) + r) + 1.0f;
}

// 2^40 e^below, rounded down; below ≤ 0. Of whole numbers at the end.
KEFU_HD inline uint64_t sampling_weight(float below) {
  float n;
  const float power = sampling_power(below > -28.0f ? below : -28.0f, &n);
  const auto fraction = static_cast<uint64_t>(static_cast<int32_t>(power * 8388608.0f));
  const uint64_t weight = (fraction << 17) >> static_cast<int32_t>(-n);
  return weight & (uint64_t{0} - static_cast<uint64_t>(below > -28.0f));
}

// The sum that top-p keeps at least, of `whole`.
KEFU_HD inline uint64_t sampling_target(uint64_t whole, double top_p) {
  const double share = std::ceil(static_cast<double>(whole) * top_p);
  const auto target = static_cast<uint64_t>(share);
  return target > whole ? whole : target;
}

// A number from 0 to below `whole`.
KEFU_HD inline uint64_t sampling_draw(uint64_t seed, uint64_t call, uint64_t step, uint64_t whole) {
  const Philox random = philox(seed, call, step);
  const uint64_t bits = uint64_t{random.word[0]} << 32 | random.word[1];
  // The high half of bits * whole, by parts: whole is below 2^63.
  const uint64_t low = (bits & 0xFFFFFFFF) * (whole & 0xFFFFFFFF);
  const uint64_t left = (bits >> 32) * (whole & 0xFFFFFFFF) + (low >> 32);
  const uint64_t right = (bits & 0xFFFFFFFF) * (whole >> 32) + (left & 0xFFFFFFFF);
  return (bits >> 32) * (whole >> 32) + (left >> 32) + (right >> 32);
}

// What a hypothesis of `length` tokens is divided by: ((5 + length) / 6)^alpha (Wu et al., GNMT,
// 2016).
inline double length_penalty(double length, double alpha) {
  return std::pow((5.0 + length) / 6.0, alpha);
}

// probabilities: (batch, size) float32 from logits: (batch, size), each up to 1e30 or -inf. Throws
// std::invalid_argument for others, and for a row of -inf.
void softmax(const float* logits, size_t batch, size_t size, float* probabilities);
void softmax(const float* logits, size_t batch, size_t size, float* probabilities, Path on);

// One row after the other. Allocates in its constructor only; not thread-safe. The methods throw
// std::invalid_argument as `softmax`, and for a token of the history beyond the vocabulary.
class Sampler {
 public:
  static constexpr size_t kMostVocabulary = size_t{1} << 22;

  // 1 to kMostVocabulary tokens.
  explicit Sampler(size_t vocabulary);

  size_t vocabulary() const { return vocabulary_; }

  // logits: (vocabulary,); history: (said,) int32, negative ones are none.
  // Keeps what the rule keeps; `draw` and `probabilities` are then of it.
  void choose(const float* logits, const int32_t* history, size_t said, const SamplingRule& rule) {
    choose(logits, history, said, rule, best_path());
  }
  void choose(const float* logits, const int32_t* history, size_t said, const SamplingRule& rule,
              Path on);

  struct Token {
    int32_t number;
    double log_probability;  // among what was kept
  };
  Token draw(uint64_t seed, uint64_t call, uint64_t step) const;

  // (vocabulary,): 0 for what was not kept.
  void probabilities(float* shares) const;

 private:
  int32_t number(size_t place) const {
    return every_ ? static_cast<int32_t>(place) : numbers_[place];
  }
  bool kept(size_t place) const;
  const float* penalise(const float* logits, const int32_t* history, size_t said, float penalty);
  float kth_largest(const float* scores, size_t k, Path on);
  void keep_top_p(double top_p);

  size_t vocabulary_;
  std::unique_ptr<float[]> penalised_;
  std::unique_ptr<float[]> scores_;      // of the places, after temperature; room for two a token
  std::unique_ptr<uint64_t[]> weights_;  // of the places
  std::unique_ptr<int32_t[]> numbers_;   // tokens of the places, rising, where not all are there
  std::unique_ptr<int32_t[]> order_;     // places, the most likely first
  size_t count_ = 0;                     // places in use
  bool every_ = true;
  float last_score_ = 0;  // what top-p keeps last
  int32_t last_place_ = 0;
  uint64_t whole_ = 0;  // sum of the weights kept
};

}  // namespace kefu

// CUDA twin (KEFU_CUDA builds)
#ifdef KEFU_CUDA

struct CUstream_st;

namespace kefu::cuda {

// Device pointers. Logits and history are fit: what the host refuses is not looked for.
struct SamplingBatch {
  const float* logits;  // (rows, vocabulary)
  size_t rows;
  size_t vocabulary;
  const int32_t* history;  // (rows, said), negative ones are none
  size_t said;
  const int64_t* calls;  // (rows,); null: the rows' numbers
  uint64_t seed;
  uint64_t step;
};

// The tokens that `Sampler` draws, bit for bit. work: (rows, vocabulary); tokens: (rows,).
void sample(const SamplingBatch& batch, const SamplingRule& rule, float* work, int32_t* tokens,
            CUstream_st* stream);

}  // namespace kefu::cuda

#endif  // KEFU_CUDA
