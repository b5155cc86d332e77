// How much each of several sources counts, from a table's row and how sure each of them is.
//
// Row × base ÷ document's base, × `factor` above `threshold`, made to sum to 1. Nothing is
// remembered: the table is an argument.
#pragma once

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "argument.h"
#include "host_device.h"

namespace kefu {

// What being sure is worth.
struct SureFactor {
  double threshold = 0.8;
  double factor = 1.2;
};

// Before normalisation, of texts and of emotions (`emotion_fusion.h`). row, base, document_base: of
// one source, 0 or more (document_base more than 0); confidence: 0 to 1, raised by `factor` above
// `threshold`.
template <typename T>
KEFU_HD inline T source_weight(T row, T base, T document_base, T confidence, T threshold,
                               T factor) {
  return row * (base / document_base) * (confidence > threshold ? factor : static_cast<T>(1));
}

// (N,) each: the weights, with sum 1. Throws std::invalid_argument: `row`, `base`, `document_base`,
// `confidence`: out of range or of another length; `weights`: all of them are 0.
inline std::vector<double> fusion_weights(const std::vector<double>& row,
                                          const std::vector<double>& base,
                                          const std::vector<double>& document_base,
                                          const std::vector<double>& confidence,
                                          const SureFactor& sure = {}) {
  const auto check = [&](const std::vector<double>& values, const char* name, double least,
                         double most) {
    if (values.size() != row.size()) {
      refuse(name, std::to_string(values.size()) + " values", std::to_string(row.size()));
    }
    for (const double value : values) checked(name, value, least, most);
  };
  constexpr double kMost = 1e6;
  check(row, "row", 0.0, kMost);
  check(base, "base", 0.0, kMost);
  check(document_base, "document_base", 1e-6, kMost);
  check(confidence, "confidence", 0.0, 1.0);
  std::vector<double> weights(row.size());
  double sum = 0.0;
  for (size_t i = 0; i < weights.size(); ++i) {
    weights[i] = source_weight(row[i], base[i], document_base[i], confidence[i], sure.threshold,
                               sure.factor);
    sum += weights[i];
  }
  if (!(sum > 0.0)) refuse("weights", "a sum of 0", "more");
  for (double& weight : weights) weight /= sum;
  return weights;
}

}  // namespace kefu
