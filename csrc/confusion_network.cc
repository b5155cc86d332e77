// 1. The network as slots of alternatives, searched for each cell: rows × columns × alternatives.
// 2. The slots of each symbol as a chain through its tokens; a column marks them before it is
//    filled, and a cell reads one byte. Tokens know their slot, so that a new slot moves numbers
//    and no alternatives; the rectangle is written once, at the end. Here.
#include "confusion_network.h"

#include <algorithm>
#include <string>

#include "alignment_steps.h"
#include "argument.h"

namespace kefu {
namespace {

void check_cost(int32_t cost, const char* name) {
  if (cost >= 0 && cost <= 1000) return;
  refuse("costs", name + (" " + std::to_string(cost)), "0 to 1000");
}

void check_count(size_t count, size_t most, const char* name) {
  if (count <= most) return;
  refuse(name, count, "at most " + std::to_string(most));
}

// The network as it grows, and its cells as weighted_alignment asks for them.
class Growing {
 public:
  Growing(const int32_t* tokens, size_t count, size_t symbols, const NetworkCosts& costs)
      : tokens_(tokens), costs_(costs), slot_(count), next_(count, -1), chain_(symbols, -1) {}

  size_t slots() const { return filled_.size(); }

  void enter(size_t column) {
    for (const int32_t slot : marked_) same_[static_cast<size_t>(slot)] = 0;
    marked_.clear();
    const auto symbol = static_cast<size_t>(tokens_[first_ + column]);
    for (int32_t token = chain_[symbol]; token >= 0; token = next_[static_cast<size_t>(token)]) {
      const int32_t slot = slot_[static_cast<size_t>(token)];
      same_[static_cast<size_t>(slot)] = 1;
      marked_.push_back(slot);
    }
  }
  bool same(size_t slot) const { return same_[slot] != 0; }
  int32_t deletion(size_t slot) const {
    return filled_[slot] < hypotheses_ ? costs_.absence : costs_.deletion;
  }

  void add(size_t first, size_t size) {
    first_ = first;
    same_.assign(slots(), 0);
    marked_.clear();
    AlignmentSteps steps(slots(), size);
    weighted_alignment(slots(), size, costs_.insertion, costs_.substitution, *this,
                       [&](size_t band, size_t column, uint64_t inserts, uint64_t deletes) {
                         steps.set(band, column, inserts, deletes);
                       });
    take(steps.pairs());
    ++hypotheses_;
  }

  const std::vector<int32_t>& slot() const { return slot_; }

 private:
  void take(const std::vector<AlignedPair>& pairs) {
    std::vector<size_t> filled(pairs.size());
    std::vector<int32_t> moved(slots());
    for (size_t at = 0; at < pairs.size(); ++at) {
      if (pairs[at].reference < 0) continue;
      const auto before = static_cast<size_t>(pairs[at].reference);
      moved[before] = static_cast<int32_t>(at);
      filled[at] = filled_[before];
    }
    for (size_t token = 0; token < first_; ++token) {
      slot_[token] = moved[static_cast<size_t>(slot_[token])];
    }
    for (size_t at = 0; at < pairs.size(); ++at) {
      if (pairs[at].hypothesis < 0) continue;
      const size_t token = first_ + static_cast<size_t>(pairs[at].hypothesis);
      const auto symbol = static_cast<size_t>(tokens_[token]);
      slot_[token] = static_cast<int32_t>(at);
      next_[token] = chain_[symbol];
      chain_[symbol] = static_cast<int32_t>(token);
      ++filled[at];
    }
    filled_ = std::move(filled);
  }

  const int32_t* tokens_;
  NetworkCosts costs_;
  std::vector<int32_t> slot_;   // of each token so far
  std::vector<int32_t> next_;   // token of the same symbol, -1 at the end
  std::vector<int32_t> chain_;  // of each symbol: its last token
  std::vector<size_t> filled_;  // of each slot: hypotheses with something there
  std::vector<uint8_t> same_;
  std::vector<int32_t> marked_;
  size_t hypotheses_ = 0;
  size_t first_ = 0;
};

}  // namespace

ConfusionNetwork confusion_network(const int32_t* tokens, const std::vector<size_t>& starts,
                                   size_t symbols, const NetworkCosts& costs) {
  check_cost(costs.insertion, "insertion");
  check_cost(costs.deletion, "deletion");
  check_cost(costs.absence, "absence");
  check_cost(costs.substitution, "substitution");
  ConfusionNetwork network;
  if (starts.size() < 2) return network;
  network.hypotheses = starts.size() - 1;
  check_count(network.hypotheses, kMostHypotheses, "hypotheses");
  check_count(starts.back(), kMostNetworkTokens, "tokens");
  Growing growing(tokens, starts.back(), symbols, costs);
  for (size_t h = 0; h < network.hypotheses; ++h) growing.add(starts[h], starts[h + 1] - starts[h]);
  network.places.assign(growing.slots() * network.hypotheses, -1);
  for (size_t h = 0; h < network.hypotheses; ++h) {
    for (size_t token = starts[h]; token < starts[h + 1]; ++token) {
      const auto slot = static_cast<size_t>(growing.slot()[token]);
      network.places[slot * network.hypotheses + h] = static_cast<int32_t>(token);
    }
  }
  return network;
}

}  // namespace kefu
