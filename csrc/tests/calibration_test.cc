#include "calibration.h"

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "check.h"

namespace {

using kefu::Calibration;

KEFU_CASE(none_leaves_all_as_it_is) {
  const Calibration none;
  for (const double p : {0.0, 0.3, 1.0}) KEFU_EQUAL(none(p), p);
}

KEFU_CASE(a_curve_is_platts) {
  const Calibration curve(2.0, -0.5);
  KEFU_NEAR(curve(0.5), 1.0 / (1.0 + std::exp(0.5)), 1e-12);
  KEFU_NEAR(curve(0.8), 1.0 / (1.0 + std::exp(-(2.0 * std::log(4.0) - 0.5))), 1e-12);
  KEFU_CHECK(curve(0.0) > 0.0 && curve(1.0) < 1.0);
  const Calibration same(1.0, 0.0);
  for (const double p : {0.0, 0.37, 0.9, 1.0}) KEFU_EQUAL(same(p), p);
}

KEFU_CASE(knots_are_joined_by_straight_lines) {
  const Calibration table({0.2, 0.6, 0.8}, {0.1, 0.1, 0.9});
  KEFU_EQUAL(table(0.0), 0.1);
  KEFU_EQUAL(table(0.2), 0.1);
  KEFU_EQUAL(table(0.4), 0.1);
  KEFU_NEAR(table(0.7), 0.5, 1e-12);
  KEFU_EQUAL(table(0.8), 0.9);
  KEFU_EQUAL(table(1.0), 0.9);
}

KEFU_CASE(what_is_no_curve_is_refused) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  KEFU_THROWS(std::invalid_argument, Calibration(-1.0, 0.0));
  KEFU_THROWS(std::invalid_argument, Calibration(nan, 0.0));
  KEFU_THROWS(std::invalid_argument, Calibration(1.0, nan));
  KEFU_THROWS(std::invalid_argument, Calibration(std::vector<double>{}, {}));
  KEFU_THROWS(std::invalid_argument, Calibration({0.5}, {0.1, 0.2}));
  KEFU_THROWS(std::invalid_argument, Calibration({0.5, 0.5}, {0.1, 0.2}));
  KEFU_THROWS(std::invalid_argument, Calibration({0.5, 0.6}, {0.2, 0.1}));
  KEFU_THROWS(std::invalid_argument, Calibration({0.5, nan}, {0.1, 0.2}));
  KEFU_THROWS(std::invalid_argument, Calibration({0.5, 0.6}, {0.1, 1.2}));
}

}  // namespace
