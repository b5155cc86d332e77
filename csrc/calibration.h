// What a recogniser says of itself, made into a share of right words.
//
// Sources: Platt (1999), on the log-odds; temperature, Guo et al. (2017), is the slope 1 ÷ T alone;
// isotonic regression, Zadrozny and Elkan (2002), as its knots. Curves are fitted elsewhere.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "argument.h"
#include "host_device.h"

namespace kefu {

constexpr size_t kMostCalibrationKnots = 1024;

// 1 ÷ (1 + e^-(slope × log-odds + offset)); 0 and 1 are taken as 1e-6 from there.
KEFU_HD inline double logistic(double confidence, double slope, double offset) {
  const double within = confidence < 1e-6         ? 1e-6
                        : confidence > 1.0 - 1e-6 ? 1.0 - 1e-6
                                                  : confidence;
  return 1.0 / (1.0 + std::exp(-(slope * std::log(within / (1.0 - within)) + offset)));
}

class Calibration {
 public:
  // As it is.
  Calibration() = default;

  // A slope of 1 and an offset of 0 leave it as it is, to the bit. Throws std::invalid_argument:
  // `slope`: not 0 to 100; `offset`: not -100 to 100.
  Calibration(double slope, double offset)
      : slope_(slope), offset_(offset), curve_(slope != 1.0 || offset != 0.0) {
    require(slope >= 0.0 && slope <= 100.0, "slope", slope, "0 to 100");
    require(std::abs(offset) <= 100.0, "offset", offset, "-100 to 100");
  }

  // Straight lines between knots, level beyond them. Throws std::invalid_argument: `confidences`:
  // not rising from 0 to 1; `shares`: falling, not within 0 to 1, or of another number.
  Calibration(std::vector<double> confidences, std::vector<double> shares)
      : confidences_(std::move(confidences)), shares_(std::move(shares)) {
    const auto knots = static_cast<double>(confidences_.size());
    require(!confidences_.empty() && confidences_.size() <= kMostCalibrationKnots, "confidences",
            knots, "1 to 1024 knots");
    require(shares_.size() == confidences_.size(), "shares", static_cast<double>(shares_.size()),
            "as many as confidences");
    for (size_t i = 0; i < confidences_.size(); ++i) {
      const double from = i == 0 ? -1.0 : confidences_[i - 1];
      require(confidences_[i] > from && confidences_[i] >= 0.0 && confidences_[i] <= 1.0,
              "confidences", confidences_[i], "rising values of 0 to 1");
      require(shares_[i] >= (i == 0 ? 0.0 : shares_[i - 1]) && shares_[i] <= 1.0, "shares",
              shares_[i], "values of 0 to 1 that do not fall");
    }
  }

  // 0..1 to 0..1.
  double operator()(double confidence) const {
    if (curve_) return logistic(confidence, slope_, offset_);
    if (confidences_.empty()) return confidence;
    const auto above = std::upper_bound(confidences_.begin(), confidences_.end(), confidence);
    if (above == confidences_.begin()) return shares_.front();
    if (above == confidences_.end()) return shares_.back();
    const auto at = static_cast<size_t>(above - confidences_.begin());
    const double part =
        (confidence - confidences_[at - 1]) / (confidences_[at] - confidences_[at - 1]);
    return shares_[at - 1] + part * (shares_[at] - shares_[at - 1]);
  }

 private:
  static void require(bool holds, const char* name, double got, const char* expected) {
    if (!holds) refuse(name, got, expected);
  }

  double slope_ = 1.0;
  double offset_ = 0.0;
  bool curve_ = false;
  std::vector<double> confidences_;
  std::vector<double> shares_;
};

}  // namespace kefu
