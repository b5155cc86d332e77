// Versions:
//   1. One thread a row.
//   2. One block a row. The k-th largest score and top-p's last are found by radix: four passes
//   over
//      the row count (top-k) or weigh (top-p) the scores by one byte of an order-preserving key.
//      Sums are whole numbers, so that the order of the atomics is of no account: the token is the
//      host's.
#include <cuda_runtime.h>

#include "cuda.h"
#include "sampling.h"

namespace kefu::cuda {
namespace {

constexpr int kThreads = 512;
constexpr int kBins = 256;

// Rises with the score; equal for both zeros.
__device__ uint32_t key_of(float score) {
  const uint32_t bits = __float_as_uint(score + 0.0f);
  return bits & 0x80000000U ? ~bits : bits | 0x80000000U;
}

__device__ float score_of(uint32_t key) {
  return __uint_as_float(key & 0x80000000U ? key & 0x7FFFFFFFU : ~key);
}

struct Found {
  uint32_t key;
  uint64_t above;  // sum over what has a larger key
};

// The largest key at which the sum of `mass` over keys not below it reaches `target`.
template <typename Mass>
__device__ Found reach(const float* scores, size_t count, uint64_t target, const Mass& mass,
                       unsigned long long* bins) {
  __shared__ Found found;
  uint32_t prefix = 0;
  uint64_t above = 0;
  for (int shift = 24; shift >= 0; shift -= 8) {
    for (int bin = threadIdx.x; bin < kBins; bin += kThreads) bins[bin] = 0;
    __syncthreads();
    const uint32_t known = shift == 24 ? 0U : ~0U << (shift + 8);
    for (size_t i = threadIdx.x; i < count; i += kThreads) {
      const uint32_t key = key_of(scores[i]);
      if ((key & known) == prefix) {
        atomicAdd(bins + (key >> shift & 255), static_cast<unsigned long long>(mass(scores[i])));
      }
    }
    __syncthreads();
    if (threadIdx.x == 0) {
      int bin = kBins - 1;
      while (bin > 0 && above + bins[bin] < target) above += bins[bin--];
      found = {prefix | static_cast<uint32_t>(bin) << shift, above};
    }
    __syncthreads();
    prefix = found.key;
    above = found.above;
  }
  return {prefix, above};
}

// Sum of every thread's value; `before`: of the threads before this one.
__device__ uint64_t sum_of(uint64_t value, unsigned long long* room, uint64_t& before) {
  room[threadIdx.x] = value;
  __syncthreads();
  uint64_t sum = 0;
  before = 0;
  for (int thread = 0; thread < kThreads; ++thread) {
    if (thread == static_cast<int>(threadIdx.x)) before = sum;
    sum += room[thread];
  }
  __syncthreads();
  return sum;
}

__global__ void sample_rows(SamplingBatch batch, SamplingRule rule, float* work, int32_t* tokens) {
  __shared__ unsigned long long room[kThreads];
  const size_t row = blockIdx.x, size = batch.vocabulary;
  const float* const logits = batch.logits + row * size;
  float* const scores = work + row * size;
  for (size_t i = threadIdx.x; i < size; i += kThreads) scores[i] = logits[i];
  __syncthreads();
  for (size_t i = threadIdx.x; i < batch.said; i += kThreads) {
    const int32_t token = batch.history[row * batch.said + i];
    // Twice the same value where a token stands twice.
    if (token >= 0) scores[token] = penalised(logits[token], rule.repetition_penalty);
  }
  __syncthreads();
  if (rule.temperature != 0.0f) {
    for (size_t i = threadIdx.x; i < size; i += kThreads) scores[i] = scores[i] / rule.temperature;
    __syncthreads();
  }
  const auto one = [](float) -> uint64_t { return 1; };
  const float most = score_of(reach(scores, size, 1, one, room).key);
  float least = -HUGE_VALF;
  if (rule.temperature == 0.0f) {
    least = most;
  } else if (rule.top_k > 0 && static_cast<size_t>(rule.top_k) < size) {
    least = score_of(reach(scores, size, static_cast<uint64_t>(rule.top_k), one, room).key);
  }
  const auto weight = [most, least](float score) -> uint64_t {
    return score >= least ? sampling_weight(score - most) : 0;
  };
  // A thread has neighbours, so that tokens and their ties come in the order of their numbers.
  const size_t share = (size + kThreads - 1) / kThreads;
  const size_t first = min(size, threadIdx.x * share), end = min(size, first + share);
  uint64_t own = 0, before = 0;
  for (size_t i = first; i < end; ++i) own += weight(scores[i]);
  uint64_t whole = sum_of(own, room, before);
  float last = least;
  uint64_t ties = ~uint64_t{0}, ties_before = 0;
  if (rule.temperature != 0.0f && rule.top_p < 1.0) {
    const uint64_t target = sampling_target(whole, rule.top_p);
    const Found found = reach(scores, size, target, weight, room);
    last = score_of(found.key);
    const uint64_t each = weight(last);
    ties = (target - found.above + each - 1) / each;
    whole = found.above + ties * each;
    uint64_t tied = 0;
    for (size_t i = first; i < end; ++i) tied += scores[i] == last ? 1 : 0;
    sum_of(tied, room, ties_before);
    own = 0;
    uint64_t seen = ties_before;
    for (size_t i = first; i < end; ++i) {
      if (scores[i] > last || (scores[i] == last && seen++ < ties)) own += weight(scores[i]);
    }
    sum_of(own, room, before);
  }
  const uint64_t call = batch.calls == nullptr ? row : static_cast<uint64_t>(batch.calls[row]);
  const uint64_t drawn =
      rule.temperature == 0.0f ? 0 : sampling_draw(batch.seed, call, batch.step, whole);
  if (drawn < before || drawn >= before + own) return;
  uint64_t sum = before, seen = ties_before;
  for (size_t i = first; i < end; ++i) {
    if (scores[i] > last || (scores[i] == last && seen++ < ties)) sum += weight(scores[i]);
    if (sum > drawn) {
      tokens[row] = static_cast<int32_t>(i);
      return;
    }
  }
}

}  // namespace

void sample(const SamplingBatch& batch, const SamplingRule& rule, float* work, int32_t* tokens,
            cudaStream_t stream) {
  sample_rows<<<static_cast<unsigned>(batch.rows), kThreads, 0, stream>>>(batch, rule, work,
                                                                          tokens);
  check(cudaGetLastError(), "sample");
}

}  // namespace kefu::cuda
