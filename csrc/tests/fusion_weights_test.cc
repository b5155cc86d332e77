#include "fusion_weights.h"

#include <limits>
#include <stdexcept>
#include <vector>

#include "check.h"

namespace {

const std::vector<double> kBase = {0.6, 0.4};

std::vector<double> weights(const std::vector<double>& row, const std::vector<double>& base,
                            const std::vector<double>& confidence) {
  return kefu::fusion_weights(row, base, kBase, confidence);
}

KEFU_CASE(the_documents_table) {
  KEFU_NEAR(weights({0.4, 0.6}, kBase, {0.5, 0.5})[0], 0.4, 1e-15);
  KEFU_NEAR(weights({0.8, 0.2}, kBase, {0.5, 0.9})[1], 0.24 / 1.04, 1e-15);
  KEFU_NEAR(weights({0.5, 0.5}, kBase, {0.9, 0.9})[0], 0.5, 1e-15);
  KEFU_NEAR(weights({0.5, 0.5}, kBase, {0.8, 0.8})[0], 0.5, 1e-15);
}

KEFU_CASE(a_moved_base_reaches_every_row) {
  const std::vector<double> moved = weights({0.8, 0.2}, {0.66, 0.36}, {0.5, 0.5});
  KEFU_NEAR(moved[0], 0.88 / (0.88 + 0.18), 1e-12);
  KEFU_NEAR(moved[0] + moved[1], 1.0, 1e-15);
}

KEFU_CASE(the_threshold_itself_is_not_above_it) {
  KEFU_NEAR(weights({0.5, 0.5}, kBase, {0.8, 0.5})[0], 0.5, 1e-15);
  KEFU_NEAR(weights({0.5, 0.5}, kBase, {0.81, 0.5})[0], 0.6 / 1.1, 1e-15);
}

KEFU_CASE(what_is_no_weight_is_refused) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  KEFU_THROWS(std::invalid_argument, weights({0.0, 0.0}, kBase, {0.5, 0.5}));
  KEFU_THROWS(std::invalid_argument, weights({}, {}, {}));
  KEFU_THROWS(std::invalid_argument, weights({-0.1, 1.0}, kBase, {0.5, 0.5}));
  KEFU_THROWS(std::invalid_argument, weights({0.5, 0.5}, kBase, {nan, 0.5}));
  KEFU_THROWS(std::invalid_argument, weights({0.5, 0.5}, kBase, {1.5, 0.5}));
  KEFU_THROWS(std::invalid_argument, weights({0.5, 0.5}, kBase, {0.5}));
  KEFU_THROWS(std::invalid_argument, kefu::fusion_weights({0.5}, {0.5}, {0.0}, {0.5}));
}

}  // namespace
