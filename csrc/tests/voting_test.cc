#include "voting.h"

#include <vector>

#include "check.h"

namespace {

using kefu::Choice;
using kefu::VotingRule;

// Tokens 0, 1, 2 are of the symbols 7, 8, 7.
const int32_t kSymbols[] = {7, 8, 7};

Choice vote(const std::vector<int32_t>& places, const std::vector<double>& confidences,
            const std::vector<double>& shares, const VotingRule& rule = {}) {
  return kefu::vote(places.data(), places.size(), kSymbols, confidences.data(), shares.data(),
                    rule);
}

KEFU_CASE(the_heavier_and_surer_wins) {
  KEFU_EQUAL(vote({0, 1}, {0.9, 0.9}, {0.6, 0.4}).token, 0);
  KEFU_EQUAL(vote({0, 1}, {0.5, 0.9}, {0.6, 0.4}).token, 1);
  KEFU_EQUAL(vote({0, 1}, {0.5, 0.9}, {0.6, 0.4}, {1.0, 0.7}).token, 0);
}

KEFU_CASE(what_two_have_counts_together) {
  const Choice choice = vote({0, 1, 2}, {0.5, 0.9, 0.7}, {0.3, 0.4, 0.3});
  KEFU_EQUAL(choice.token, 1);
  KEFU_NEAR(choice.confidence, 0.36, 1e-15);
  const Choice together = vote({0, 1, 2}, {0.8, 0.9, 0.7}, {0.3, 0.4, 0.3});
  KEFU_EQUAL(together.token, 0);
  KEFU_NEAR(together.confidence, 0.3 * 0.8 + 0.3 * 0.7, 1e-15);
}

KEFU_CASE(nothing_is_an_alternative) {
  KEFU_EQUAL(vote({0, -1}, {0.9, 0.0}, {0.5, 0.5}).token, 0);
  const Choice choice = vote({0, -1}, {0.6, 0.0}, {0.5, 0.5});
  KEFU_EQUAL(choice.token, -1);
  KEFU_EQUAL(choice.confidence, 0.0);
  KEFU_EQUAL(vote({0, -1}, {0.6, 0.0}, {0.5, 0.5}, {0.0, 0.1}).token, 0);
}

KEFU_CASE(equal_scores_go_to_the_earlier) {
  KEFU_EQUAL(vote({0, 1}, {0.5, 0.5}, {0.5, 0.5}).token, 0);
  KEFU_EQUAL(vote({1, 0}, {0.5, 0.5}, {0.5, 0.5}).token, 1);
  KEFU_EQUAL(vote({-1, 0}, {0.7, 0.0}, {0.5, 0.5}).token, -1);
  KEFU_EQUAL(vote({0, 1}, {0.0, 0.0}, {0.5, 0.5}).token, 0);
}

KEFU_CASE(a_slot_in_which_all_agree_is_not_contested) {
  const std::vector<int32_t> same = {0, 2};
  const std::vector<int32_t> other = {0, 1};
  const std::vector<int32_t> absent = {0, -1};
  KEFU_CHECK(!kefu::contested(same.data(), 2, kSymbols));
  KEFU_CHECK(kefu::contested(other.data(), 2, kSymbols));
  KEFU_CHECK(kefu::contested(absent.data(), 2, kSymbols));
}

}  // namespace
