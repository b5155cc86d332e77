// Versions, for a vocabulary of 200,000, top-k 50 and top-p 0.9:
//   1. Sort all, e^x of all.
//   2. Top-k by nth_element over a copy, e^x of what is left.
//   3. No copy: 32 logits at a time against the k-th largest so far, which rises quickly, so that
//      hardly a block has anything to add; a second such pass collects what stays. Top-p sorts
//      what can be in its set only: tokens whose weight times their number exceeds what it leaves.
//   4. Weights a vector at a time, but for their 64-bit shift: without top-k half the time of 3.
#include "sampling.h"

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <string>

#include "exponential.h"
#include "finite_scores.h"

namespace kefu {
namespace {

constexpr float kNever = -HUGE_VALF;
constexpr size_t kBlock = 32;

// The largest of 32 floats.
template <typename V>
KEFU_INLINE float largest_of_block(const float* from) {
  constexpr size_t kLanes = sizeof(V) / sizeof(float);
  V most[2];
  std::memcpy(most, from, sizeof most);
  for (size_t at = 2 * kLanes; at < kBlock; at += 2 * kLanes) {
    V next[2];
    std::memcpy(next, from + at, sizeof next);
    most[0] = next[0] > most[0] ? next[0] : most[0];
    most[1] = next[1] > most[1] ? next[1] : most[1];
  }
  most[0] = most[1] > most[0] ? most[1] : most[0];
  return largest(most[0]);
}

template <typename V>
KEFU_INLINE float largest_body(const float* from, size_t count) {
  float largest = kNever;
  size_t at = 0;
  for (; at + kBlock <= count; at += kBlock) {
    largest = std::max(largest, largest_of_block<V>(from + at));
  }
  for (; at < count; ++at) largest = std::max(largest, from[at]);
  return largest;
}

float largest_portable(const float* from, size_t count) { return largest_body<F4>(from, count); }
KEFU_AVX2 float largest_avx2(const float* from, size_t count) {
  return largest_body<F8>(from, count);
}

// Puts the k largest and some more into `heap` (2 k floats) and returns how many there are.
template <typename V>
KEFU_INLINE size_t gather_body(const float* from, size_t count, size_t k, float* heap) {
  float bound = kNever;
  size_t held = 0;
  for (size_t at = 0; at < count; at += kBlock) {
    const size_t end = std::min(count, at + kBlock);
    if (end - at == kBlock && !(largest_of_block<V>(from + at) > bound)) continue;
    for (size_t i = at; i < end; ++i) {
      if (!(from[i] > bound)) continue;
      heap[held++] = from[i];
      if (held == 2 * k) {
        std::nth_element(heap, heap + k - 1, heap + held, std::greater<>());
        bound = heap[k - 1];
        held = k;
      }
    }
  }
  return held;
}

size_t gather_portable(const float* from, size_t count, size_t k, float* heap) {
  return gather_body<F4>(from, count, k, heap);
}
KEFU_AVX2 size_t gather_avx2(const float* from, size_t count, size_t k, float* heap) {
  return gather_body<F8>(from, count, k, heap);
}

// Numbers, rising, and scaled scores of what is not below `least` after the temperature.
struct Stay {
  float temperature;
  float least;
  float nearly;  // what is below before the temperature is below after it
};

template <typename V>
KEFU_INLINE size_t collect_body(const float* from, size_t count, const Stay& stay, int32_t* numbers,
                                float* scores) {
  size_t held = 0;
  for (size_t at = 0; at < count; at += kBlock) {
    const size_t end = std::min(count, at + kBlock);
    if (end - at == kBlock && largest_of_block<V>(from + at) < stay.nearly) continue;
    for (size_t i = at; i < end; ++i) {
      const float score = from[i] / stay.temperature;
      numbers[held] = static_cast<int32_t>(i);
      scores[held] = score;
      held += score >= stay.least && score > kNever ? 1 : 0;
    }
  }
  return held;
}

size_t collect_portable(const float* from, size_t count, const Stay& stay, int32_t* numbers,
                        float* scores) {
  return collect_body<F4>(from, count, stay, numbers, scores);
}
KEFU_AVX2 size_t collect_avx2(const float* from, size_t count, const Stay& stay, int32_t* numbers,
                              float* scores) {
  return collect_body<F8>(from, count, stay, numbers, scores);
}

KEFU_INLINE void scale_body(const float* from, size_t count, float temperature, float* scores) {
  for (size_t i = 0; i < count; ++i) scores[i] = from[i] / temperature;
}

void scale_portable(const float* from, size_t count, float temperature, float* scores) {
  scale_body(from, count, temperature, scores);
}
KEFU_AVX2 void scale_avx2(const float* from, size_t count, float temperature, float* scores) {
  scale_body(from, count, temperature, scores);
}

// `sampling_weight` of each, a vector at a time but for the shift of 64 bits.
template <typename F, typename I>
KEFU_INLINE uint64_t weigh_body(const float* scores, size_t count, float most, uint64_t* weights) {
  constexpr size_t lanes = sizeof(F) / sizeof(float);
  const F least = F{} - 28.0f;
  uint64_t whole = 0;
  size_t at = 0;
  for (; at + lanes <= count; at += lanes) {
    const F below = load<F>(scores + at) - most;
    F n;
    const F power = sampling_power(below > least ? below : least, &n);
    const I fraction = __builtin_convertvector(power * 8388608.0f, I) & (below > least);
    const I shift = __builtin_convertvector(-n, I);
    for (size_t lane = 0; lane < lanes; ++lane) {
      const uint64_t weight = (static_cast<uint64_t>(fraction[lane]) << 17) >> shift[lane];
      weights[at + lane] = weight;
      whole += weight;
    }
  }
  for (; at < count; ++at) {
    weights[at] = sampling_weight(scores[at] - most);
    whole += weights[at];
  }
  return whole;
}

uint64_t weigh_portable(const float* scores, size_t count, float most, uint64_t* weights) {
  return weigh_body<F4, I4>(scores, count, most, weights);
}
KEFU_AVX2 uint64_t weigh_avx2(const float* scores, size_t count, float most, uint64_t* weights) {
  return weigh_body<F8, I8>(scores, count, most, weights);
}

// The largest of a row that is fit to be drawn from.
float checked_largest(const float* logits, size_t count, Path on) {
  if (!fit_scores(logits, count, kMostLogit)) {
    for (size_t i = 0; i < count; ++i) {
      if (!(logits[i] <= kMostLogit)) {
        throw std::invalid_argument("logits: got " + std::to_string(logits[i]) + " at " +
                                    std::to_string(i) + ", expected numbers up to 1e30 or -inf");
      }
    }
  }
  const float most = (on == Path::kPortable ? largest_portable : largest_avx2)(logits, count);
  if (!(most >= -kMostLogit)) {
    throw std::invalid_argument("logits: got a row of -inf, expected a token that can be drawn");
  }
  return most;
}

// Another thread may write to the logits of a caller that does not look after them.
[[noreturn]] void refuse_changed() {
  throw std::invalid_argument("logits: got others while they were read, expected the same");
}

template <typename V, bool fused>
KEFU_INLINE void softmax_body(const float* logits, size_t size, float most, float* shares) {
  double whole = 0;
  for (size_t at = 0; at < size; at += 8) {
    float block[8];
    for (size_t i = 0; i < 8; ++i) block[i] = at + i < size ? logits[at + i] - most : kNever;
    const V powers = exp8<fused>(load<V>(block));
    store(block, powers);
    std::memcpy(shares + at, block, std::min<size_t>(8, size - at) * sizeof(float));
    whole += static_cast<double>(sum(powers));
  }
  const auto scale = static_cast<float>(1.0 / whole);
  for (size_t i = 0; i < size; ++i) shares[i] *= scale;
}

void softmax_portable(const float* logits, size_t size, float most, float* shares) {
  softmax_body<Halves, false>(logits, size, most, shares);
}
KEFU_AVX2 void softmax_avx2(const float* logits, size_t size, float most, float* shares) {
  softmax_body<F8, true>(logits, size, most, shares);
}

}  // namespace

void softmax(const float* logits, size_t batch, size_t size, float* probabilities) {
  softmax(logits, batch, size, probabilities, best_path());
}

void softmax(const float* logits, size_t batch, size_t size, float* probabilities, Path on) {
  for (size_t row = 0; row < batch; ++row) {
    const float* const from = logits + row * size;
    const float most = checked_largest(from, size, on);
    (on == Path::kPortable ? softmax_portable : softmax_avx2)(from, size, most,
                                                              probabilities + row * size);
  }
}

Sampler::Sampler(size_t vocabulary) : vocabulary_(vocabulary) {
  if (vocabulary == 0 || vocabulary > kMostVocabulary) {
    throw std::invalid_argument("logits: got " + std::to_string(vocabulary) +
                                " tokens, expected 1 to " + std::to_string(kMostVocabulary));
  }
  penalised_.reset(new float[vocabulary]);
  scores_.reset(new float[2 * vocabulary]);
  weights_.reset(new uint64_t[vocabulary]);
  numbers_.reset(new int32_t[vocabulary + 1]);
  order_.reset(new int32_t[vocabulary]);
}

const float* Sampler::penalise(const float* logits, const int32_t* history, size_t said,
                               float penalty) {
  const auto beyond = static_cast<int64_t>(vocabulary_);
  for (size_t i = 0; i < said; ++i) {
    if (history[i] >= beyond) {
      throw std::invalid_argument("history: got token " + std::to_string(history[i]) +
                                  ", expected less than " + std::to_string(beyond));
    }
  }
  if (penalty == 1.0f || said == 0) return logits;
  std::memcpy(penalised_.get(), logits, vocabulary_ * sizeof(float));
  for (size_t i = 0; i < said; ++i) {
    if (history[i] < 0) continue;
    const auto token = static_cast<size_t>(history[i]);
    penalised_[token] = penalised(logits[token], penalty);
  }
  return penalised_.get();
}

float Sampler::kth_largest(const float* scores, size_t k, Path on) {
  float* const heap = scores_.get();  // which are not there yet
  const size_t held =
      (on == Path::kPortable ? gather_portable : gather_avx2)(scores, vocabulary_, k, heap);
  if (held < k) return kNever;
  std::nth_element(heap, heap + k - 1, heap + held, std::greater<>());
  return heap[k - 1];
}

void Sampler::choose(const float* logits, const int32_t* history, size_t said,
                     const SamplingRule& rule, Path on) {
  checked_largest(logits, vocabulary_, on);
  const float* const own = penalise(logits, history, said, rule.repetition_penalty);
  const bool portable = on == Path::kPortable;
  const float most = (portable ? largest_portable : largest_avx2)(own, vocabulary_);
  last_place_ = -1;
  if (rule.temperature == 0.0f) {
    every_ = false;
    count_ = 1;
    const float* const found = std::find(own, own + vocabulary_, most);
    if (found == own + vocabulary_) refuse_changed();
    numbers_[0] = static_cast<int32_t>(found - own);
    weights_[0] = whole_ = 1;
    return;
  }
  const float scaled = most / rule.temperature;
  const auto k = static_cast<size_t>(rule.top_k);
  every_ = k == 0 || k >= vocabulary_;
  if (every_) {
    count_ = vocabulary_;
    (portable ? scale_portable : scale_avx2)(own, count_, rule.temperature, scores_.get());
  } else {
    const float least = kth_largest(own, k, on);
    const float slack = std::abs(least) * 0x1p-22f;
    const Stay stay{rule.temperature, least / rule.temperature,
                    least == kNever ? kNever : least - slack};
    count_ = (portable ? collect_portable : collect_avx2)(own, vocabulary_, stay, numbers_.get(),
                                                          scores_.get());
  }
  whole_ = (portable ? weigh_portable : weigh_avx2)(scores_.get(), count_, scaled, weights_.get());
  if (whole_ == 0) refuse_changed();  // the most likely token alone is more
  if (rule.top_p < 1.0) keep_top_p(rule.top_p);
}

void Sampler::keep_top_p(double top_p) {
  const uint64_t target = sampling_target(whole_, top_p);
  // All tokens of at most this weight together do not reach what is left out.
  const uint64_t negligible = (whole_ - target) / count_;
  size_t candidates = 0;
  for (size_t place = 0; place < count_; ++place) {
    order_[candidates] = static_cast<int32_t>(place);
    candidates += weights_[place] > negligible ? 1 : 0;
  }
  const float* const scores = scores_.get();
  std::sort(order_.get(), order_.get() + candidates, [scores](int32_t a, int32_t b) {
    return scores[a] > scores[b] || (scores[a] == scores[b] && a < b);
  });
  uint64_t sum = 0;
  for (size_t i = 0; i < candidates && sum < target; ++i) {
    last_place_ = order_[i];
    sum += weights_[static_cast<size_t>(last_place_)];
  }
  last_score_ = scores[last_place_];
  whole_ = sum;
}

bool Sampler::kept(size_t place) const {
  if (last_place_ < 0) return true;
  const float score = scores_[place];
  return score > last_score_ ||
         (score == last_score_ && static_cast<int32_t>(place) <= last_place_);
}

Sampler::Token Sampler::draw(uint64_t seed, uint64_t call, uint64_t step) const {
  const uint64_t drawn = sampling_draw(seed, call, step, whole_);
  uint64_t sum = 0;
  size_t place = 0;
  for (; place + 1 < count_; ++place) {
    if (kept(place)) sum += weights_[place];
    if (sum > drawn) break;
  }
  const double share = static_cast<double>(weights_[place]) / static_cast<double>(whole_);
  return {number(place), std::log(share)};
}

void Sampler::probabilities(float* shares) const {
  std::fill(shares, shares + vocabulary_, 0.0f);
  for (size_t place = 0; place < count_; ++place) {
    if (kept(place)) {
      shares[number(place)] =
          static_cast<float>(static_cast<double>(weights_[place]) / static_cast<double>(whole_));
    }
  }
}

}  // namespace kefu
