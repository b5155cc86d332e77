#include "quantile.h"

#include <vector>

#include "check.h"

namespace {

using kefu::Quantiles;

KEFU_CASE(quantiles_lie_between_their_neighbours) {
  Quantiles quantiles(8);
  const std::vector<double> values{40.0, 10.0, 30.0, 20.0};
  KEFU_EQUAL(quantiles.of(values.data(), 4, 0.0), 10.0);
  KEFU_EQUAL(quantiles.of(values.data(), 4, 0.5), 25.0);
  KEFU_EQUAL(quantiles.of(values.data(), 4, 1.0), 40.0);
  KEFU_NEAR(quantiles.of(values.data(), 4, 0.95), 38.5, 1e-12);
  KEFU_EQUAL(values[0], 40.0);
}

KEFU_CASE(one_value_is_each_of_its_quantiles) {
  Quantiles quantiles(1);
  const double value = 7.0;
  for (const double share : {0.0, 0.3, 1.0}) KEFU_EQUAL(quantiles.of(&value, 1, share), 7.0);
}

KEFU_CASE(equal_values_and_no_memory) {
  Quantiles quantiles(100);
  const std::vector<double> values(100, 3.0);
  double found = 0.0;
  KEFU_NO_ALLOCATION(found = quantiles.of(values.data(), 100, 0.16));
  KEFU_EQUAL(found, 3.0);
}

}  // namespace
