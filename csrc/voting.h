// What is said in a slot of a confusion network: the alternative with the most weight behind it.
//
// Source: ROVER (Fiscus 1997): score = Σ share × (α + (1 − α) × confidence) over the hypotheses
// that have it, where the shares of all sum to 1 and nothing counts as an alternative with a
// confidence of its own. Equal scores: what the earliest hypothesis has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "confusion_network.h"
#include "cuda.h"
#include "host_device.h"

namespace kefu {

struct VotingRule {
  double alpha = 0.0;            // 0: confidences alone; 1: votes alone
  double null_confidence = 0.7;  // of nothing, 0..1
};

// Of one slot.
struct Choice {
  int32_t token;      // of the earliest hypothesis that has the winner; -1: nothing
  double confidence;  // Σ share × confidence of those that have it, 0..1; 0 for nothing
};

// places: (hypotheses,), a row of ConfusionNetwork. symbols, confidences: of every token.
// shares: (hypotheses,).
KEFU_HD inline Choice vote(const int32_t* places, size_t hypotheses, const int32_t* symbols,
                           const double* confidences, const double* shares,
                           const VotingRule& rule) {
  Choice best = {-1, 0.0};
  double best_score = -1.0;
  for (size_t first = 0; first < hypotheses; ++first) {
    const int32_t token = places[first];
    const int32_t symbol = token < 0 ? -1 : symbols[token];
    bool met = false;
    for (size_t h = 0; h < first && !met; ++h) {
      met = (places[h] < 0 ? -1 : symbols[places[h]]) == symbol;
    }
    if (met) continue;
    double score = 0.0;
    double sure = 0.0;
    for (size_t h = first; h < hypotheses; ++h) {
      if ((places[h] < 0 ? -1 : symbols[places[h]]) != symbol) continue;
      const double confidence = places[h] < 0 ? rule.null_confidence : confidences[places[h]];
      score += shares[h] * (rule.alpha + (1.0 - rule.alpha) * confidence);
      sure += shares[h] * confidence;
    }
    if (score > best_score) {
      best_score = score;
      best = {token, token < 0 ? 0.0 : (sure > 1.0 ? 1.0 : sure)};
    }
  }
  return best;
}

// Whether not all hypotheses have the same in a slot.
KEFU_HD inline bool contested(const int32_t* places, size_t hypotheses, const int32_t* symbols) {
  const int32_t first = places[0] < 0 ? -1 : symbols[places[0]];
  for (size_t h = 1; h < hypotheses; ++h) {
    if ((places[h] < 0 ? -1 : symbols[places[h]]) != first) return true;
  }
  return false;
}

// (slots,) choices. symbols, confidences: of every token; shares: (hypotheses,).
inline std::vector<Choice> vote(const ConfusionNetwork& network,
                                const std::vector<int32_t>& symbols,
                                const std::vector<double>& confidences,
                                const std::vector<double>& shares, const VotingRule& rule) {
  std::vector<Choice> choices;
  choices.reserve(network.slots());
  for (size_t slot = 0; slot < network.slots(); ++slot) {
    choices.push_back(vote(network.places.data() + slot * network.hypotheses, network.hypotheses,
                           symbols.data(), confidences.data(), shares.data(), rule));
  }
  return choices;
}

#ifdef KEFU_CUDA
// CUDA twin (KEFU_CUDA builds): the slots of many networks of one number of hypotheses at once.
namespace cuda {

// places: (slots, hypotheses); symbols, confidences: of every token; shares: (slots, hypotheses),
// those of the call that a slot belongs to; choices: (slots,). Device pointers. Returns at once.
void vote_batch(const int32_t* places, size_t slots, size_t hypotheses, const int32_t* symbols,
                const double* confidences, const double* shares, const VotingRule& rule,
                Choice* choices, cudaStream_t stream);

}  // namespace cuda
#endif

}  // namespace kefu
