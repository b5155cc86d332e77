#include "confusion_network.h"

#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "check.h"

namespace {

using kefu::ConfusionNetwork;
using kefu::NetworkCosts;

// Hypotheses as words of one letter; the slots as "a|b|-" for each hypothesis, parted by spaces.
std::string network_of(const std::vector<std::string>& hypotheses, const NetworkCosts& costs = {}) {
  std::vector<int32_t> tokens;
  std::vector<size_t> starts = {0};
  for (const std::string& hypothesis : hypotheses) {
    for (const char letter : hypothesis) tokens.push_back(letter);
    starts.push_back(tokens.size());
  }
  const ConfusionNetwork network = kefu::confusion_network(tokens.data(), starts, 128, costs);
  std::string shown;
  for (size_t slot = 0; slot < network.slots(); ++slot) {
    if (slot > 0) shown += ' ';
    for (size_t h = 0; h < network.hypotheses; ++h) {
      const int32_t token = network.places[slot * network.hypotheses + h];
      shown += token < 0 ? '-' : static_cast<char>(tokens[static_cast<size_t>(token)]);
    }
  }
  return shown;
}

KEFU_CASE(one_hypothesis_is_its_own_network) {
  KEFU_EQUAL(network_of({}), "");
  KEFU_EQUAL(network_of({""}), "");
  KEFU_EQUAL(network_of({"abc"}), "a b c");
  KEFU_EQUAL(network_of({"", "ab"}), "-a -b");
}

KEFU_CASE(same_hypotheses_stand_side_by_side) {
  KEFU_EQUAL(network_of({"abc", "abc", "abc"}), "aaa bbb ccc");
}

KEFU_CASE(differences_share_a_slot) {
  KEFU_EQUAL(network_of({"abc", "axc"}), "aa bx cc");
  KEFU_EQUAL(network_of({"abc", "ac"}), "aa b- cc");
  KEFU_EQUAL(network_of({"ac", "abc"}), "aa -b cc");
}

KEFU_CASE(a_later_hypothesis_finds_what_any_before_has) {
  KEFU_EQUAL(network_of({"abc", "axc", "axc"}), "aaa bxx ccc");
  KEFU_EQUAL(network_of({"ac", "abc", "adc", "ac"}), "aaaa -bd- cccc");
}

KEFU_CASE(leaving_out_what_one_left_out_is_cheaper) {
  // The second has nothing for the first b: so has the third, not for the last.
  KEFU_EQUAL(network_of({"bb", "b", "b"}), "bbb b--");
  KEFU_EQUAL(network_of({"ab", "b", "cb"}), "a-c bbb");
}

KEFU_CASE(every_token_has_one_place_in_order) {
  std::mt19937 random(5);
  std::vector<int32_t> tokens;
  std::vector<size_t> starts = {0};
  for (size_t h = 0; h < 12; ++h) {
    const size_t size = random() % 30;
    for (size_t i = 0; i < size; ++i) tokens.push_back(static_cast<int32_t>(random() % 6));
    starts.push_back(tokens.size());
  }
  const ConfusionNetwork network = kefu::confusion_network(tokens.data(), starts, 6);
  for (size_t h = 0; h < 12; ++h) {
    auto next = static_cast<int32_t>(starts[h]);
    for (size_t slot = 0; slot < network.slots(); ++slot) {
      const int32_t token = network.places[slot * 12 + h];
      if (token >= 0) KEFU_EQUAL(token, next++);
    }
    KEFU_EQUAL(next, static_cast<int32_t>(starts[h + 1]));
  }
}

KEFU_CASE(too_many_are_refused) {
  const std::vector<int32_t> tokens(kefu::kMostNetworkTokens + 1, 0);
  const std::vector<size_t> many(kefu::kMostHypotheses + 2, 0);
  KEFU_THROWS(std::invalid_argument, kefu::confusion_network(tokens.data(), many, 1));
  KEFU_THROWS(std::invalid_argument, kefu::confusion_network(tokens.data(), {0, tokens.size()}, 1));
  KEFU_THROWS(std::invalid_argument, network_of({"a"}, {-1, 1, 1, 1}));
  KEFU_THROWS(std::invalid_argument, network_of({"a"}, {1, 1, 1001, 1}));
}

}  // namespace
