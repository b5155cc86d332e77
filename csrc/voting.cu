// Versions: 1. here: a thread a slot, over the text of the host. A slot has some ten hypotheses:
// there is nothing in it to share among threads.
#include "voting.h"

namespace kefu::cuda {
namespace {

constexpr unsigned kThreads = 128;

__global__ void vote_slots(const int32_t* places, size_t slots, size_t hypotheses,
                           const int32_t* symbols, const double* confidences, const double* shares,
                           VotingRule rule, Choice* choices) {
  const size_t slot = static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (slot >= slots) return;
  choices[slot] = vote(places + slot * hypotheses, hypotheses, symbols, confidences,
                       shares + slot * hypotheses, rule);
}

}  // namespace

void vote_batch(const int32_t* places, size_t slots, size_t hypotheses, const int32_t* symbols,
                const double* confidences, const double* shares, const VotingRule& rule,
                Choice* choices, cudaStream_t stream) {
  if (slots == 0) return;
  const auto blocks = static_cast<unsigned>((slots + kThreads - 1) / kThreads);
  vote_slots<<<blocks, kThreads, 0, stream>>>(places, slots, hypotheses, symbols, confidences,
                                              shares, rule, choices);
  check(cudaGetLastError(), "vote_batch");
}

}  // namespace kefu::cuda
