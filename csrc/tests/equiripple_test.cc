#include "equiripple.h"

#include <cmath>
#include <stdexcept>

#include "check.h"

namespace kefu {
namespace {

constexpr double kPi = 3.14159265358979323846;

double gain_at(const std::vector<double>& taps, double frequency) {
  const size_t half = taps.size() / 2;
  double gain = taps[half];
  for (size_t n = 1; n <= half; ++n) {
    gain += 2.0 * taps[half + n] * std::cos(2.0 * kPi * frequency * static_cast<double>(n));
  }
  return gain;
}

}  // namespace

KEFU_CASE(errors_are_even_and_in_their_ratio) {
  constexpr double kPass = 0.10;
  constexpr double kStop = 0.15;
  constexpr double kWeight = 10.0;
  const std::vector<double> taps = equiripple_lowpass(30, kPass, kStop, kWeight);
  KEFU_EQUAL(taps.size(), 61U);
  double passing = 0.0;
  double stopped = 0.0;
  for (int i = 0; i <= 2000; ++i) {
    const double share = i / 2000.0;
    passing = std::max(passing, std::abs(gain_at(taps, kPass * share) - 1.0));
    stopped = std::max(stopped, std::abs(gain_at(taps, kStop + (0.5 - kStop) * share)));
  }
  KEFU_NEAR(passing / stopped, kWeight, 0.2);
  // J. F. Kaiser's estimate of the errors' product, good to a few dB: 13 + 14.6 × taps × width.
  KEFU_NEAR(-10.0 * std::log10(passing * stopped), 13.0 + 14.6 * 60.0 * (kStop - kPass), 3.0);
}

KEFU_CASE(taps_are_symmetric) {
  const std::vector<double> taps = equiripple_lowpass(46, 0.2125, 0.25, 64.0);
  for (size_t n = 0; n < taps.size(); ++n) KEFU_EQUAL(taps[n], taps[taps.size() - 1 - n]);
}

KEFU_CASE(edges_out_of_order_are_refused) {
  for (const auto& [pass, stop] : {std::pair{0.0, 0.2}, {0.2, 0.2}, {0.3, 0.2}, {0.2, 0.5}}) {
    KEFU_THROWS(std::invalid_argument, equiripple_lowpass(8, pass, stop, 1.0));
  }
  KEFU_THROWS(std::invalid_argument, equiripple_lowpass(8, std::nan(""), 0.2, 1.0));
}

}  // namespace kefu
