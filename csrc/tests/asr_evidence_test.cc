#include "asr_evidence.h"

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "check.h"

namespace {

size_t longest(const std::vector<int32_t>& symbols, size_t times) {
  return kefu::longest_repeat({symbols.data(), symbols.size()}, times);
}

KEFU_CASE(the_longest_stretch_is_found) {
  KEFU_EQUAL(longest({}, 2), 0U);
  KEFU_EQUAL(longest({1}, 2), 0U);
  KEFU_EQUAL(longest({1, 2, 3}, 2), 0U);
  KEFU_EQUAL(longest({1, 1}, 2), 1U);
  KEFU_EQUAL(longest({9, 1, 2, 3, 1, 2, 3, 8}, 2), 3U);
  KEFU_EQUAL(longest({1, 2, 1, 2, 1, 2, 1, 2}, 2), 4U);
  KEFU_EQUAL(longest({1, 2, 1, 2, 1, 2}, 3), 2U);
  KEFU_EQUAL(longest({1, 2, 1, 2, 1}, 3), 0U);
  KEFU_EQUAL(longest({4, 4, 4, 4, 4, 4}, 6), 1U);
}

KEFU_CASE(agreement_is_of_the_longer) {
  const std::vector<int32_t> a = {1, 2, 3, 4};
  const std::vector<int32_t> b = {1, 3, 4};
  KEFU_NEAR(kefu::agreement({a.data(), 4}, {b.data(), 3}, 5), 0.75, 1e-15);
  KEFU_EQUAL(kefu::agreement({a.data(), 4}, {a.data(), 0}, 5), 0.0);
  KEFU_EQUAL(kefu::agreement({a.data(), 0}, {a.data(), 0}, 5), 1.0);
}

KEFU_CASE(voice_is_shared_by_time) {
  KEFU_NEAR(kefu::voiced_share({{0, 100}, {100, 300}}, {{50, 200}, {250, 400}}), 200.0 / 300.0,
            1e-12);
  KEFU_EQUAL(kefu::voiced_share({{0, 100}}, {{0, 500}}), 1.0);
  KEFU_EQUAL(kefu::voiced_share({{0, 100}}, {}), 0.0);
  KEFU_EQUAL(kefu::voiced_share({{0, 100}}, {{100, 200}}), 0.0);
  KEFU_EQUAL(kefu::voiced_share({}, {{0, 500}}), 0.0);
  KEFU_EQUAL(kefu::voiced_share({{5, 5}}, {{0, 500}}), 0.0);
  KEFU_EQUAL(kefu::voiced_share({{5, 85}, {0, 100}}, {{0, 10}, {20, 20}, {30, 40}, {80, 90}}),
             50.0 / 180.0);
}

KEFU_LONG_CASE(many_intervals_cost_no_square) {
  std::vector<kefu::Interval> voiced;
  for (int i = 0; i < 100'000; ++i) voiced.push_back({10.0 * i, 10.0 * i + 5.0});
  const std::vector<kefu::Interval> spoken(100'000, {0.0, 1e6});
  KEFU_NEAR(kefu::voiced_share(spoken, voiced), 0.5, 1e-12);
}

KEFU_CASE(times_that_are_none_are_refused) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  KEFU_THROWS(std::invalid_argument, kefu::voiced_share({{nan, 1}}, {}));
  KEFU_THROWS(std::invalid_argument, kefu::voiced_share({{2, 1}}, {}));
  KEFU_THROWS(std::invalid_argument, kefu::voiced_share({{-1, 1}}, {}));
  KEFU_THROWS(std::invalid_argument, kefu::voiced_share({{0, HUGE_VAL}}, {}));
  KEFU_THROWS(std::invalid_argument, kefu::voiced_share({}, {{0, 2}, {1, 3}}));
}

}  // namespace
