// Hypotheses of one utterance side by side: slots in order, in each what every hypothesis has
// there.
//
// Source: NIST's ROVER (Fiscus 1997), iterated alignment to a growing network; Mangu, Brill and
// Stolcke (2000) for the name. The first hypothesis is the skeleton, the others are aligned one
// after the other to all that stands in a slot by then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace kefu {

constexpr size_t kMostHypotheses = 1000;
constexpr size_t kMostNetworkTokens = 20'000;

// Whole numbers, so that every machine aligns alike. As sclite's, and less for leaving out what an
// earlier hypothesis has left out.
struct NetworkCosts {
  int32_t insertion = 3;     // a slot that none before has
  int32_t deletion = 3;      // nothing, where all before have something
  int32_t absence = 2;       // nothing, where one before has nothing
  int32_t substitution = 4;  // what none before has there
};

struct ConfusionNetwork {
  size_t hypotheses = 0;
  // (slots, hypotheses): index of a token, -1 where the hypothesis has nothing there.
  std::vector<int32_t> places;

  size_t slots() const { return hypotheses == 0 ? 0 : places.size() / hypotheses; }
};

// tokens: (starts.back(),) dense symbols (`intern.h`), those of hypothesis h from starts[h] to
// starts[h + 1]; symbols: more than any.
// Throws std::invalid_argument: `hypotheses`, `tokens`: too many; `costs`: out of range.
ConfusionNetwork confusion_network(const int32_t* tokens, const std::vector<size_t>& starts,
                                   size_t symbols, const NetworkCosts& costs = {});

}  // namespace kefu
