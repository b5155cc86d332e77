#include "comfort_noise.h"

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "check.h"

namespace {

using kefu::ComfortNoise;

double level_dbfs(const std::vector<int16_t>& pcm) {
  double power = 0.0;
  for (const int16_t sample : pcm) power += static_cast<double>(sample) * sample;
  return 10.0 * std::log10(power / static_cast<double>(pcm.size()) / (32768.0 * 32768.0));
}

// Of the samples `lag` apart, normalised.
double correlation(const std::vector<int16_t>& pcm, size_t lag) {
  double product = 0.0;
  double power = 0.0;
  for (size_t i = lag; i < pcm.size(); ++i) {
    product += static_cast<double>(pcm[i]) * pcm[i - lag];
    power += static_cast<double>(pcm[i]) * pcm[i];
  }
  return product / power;
}

KEFU_CASE(the_level_is_as_asked_for_whatever_the_shape) {
  for (const auto& shape :
       {ComfortNoise::kRoom, std::array<double, 4>{}, std::array<double, 4>{0.5, -0.6, 0.3, 0.2}}) {
    for (const double level : {-65.0, -50.0, -30.0}) {
      ComfortNoise noise(level, 1, shape);
      std::vector<int16_t> pcm(40'000);
      noise.fill(pcm.data(), pcm.size());
      KEFU_NEAR(level_dbfs(pcm), level, 0.5);
    }
  }
}

KEFU_CASE(the_first_coefficient_is_the_correlation_of_neighbours) {
  for (const double k : {-0.8, 0.0, 0.5}) {
    ComfortNoise noise(-30.0, 2, {k, 0.0, 0.0, 0.0});
    std::vector<int16_t> pcm(40'000);
    noise.fill(pcm.data(), pcm.size());
    KEFU_NEAR(correlation(pcm, 1), -k, 0.02);
    KEFU_NEAR(correlation(pcm, 2), k * k, 0.03);
  }
}

KEFU_CASE(equal_seeds_give_equal_noise_in_any_division) {
  ComfortNoise whole(-50.0, 7);
  ComfortNoise divided(-50.0, 7);
  ComfortNoise other(-50.0, 8);
  std::vector<int16_t> a(320);
  std::vector<int16_t> b(320);
  std::vector<int16_t> c(320);
  KEFU_NO_ALLOCATION(whole.fill(a.data(), 320));
  for (size_t i = 0; i < 320; i += 64) divided.fill(b.data() + i, 64);
  other.fill(c.data(), 320);
  KEFU_CHECK(a == b);
  KEFU_CHECK(a != c);
}

KEFU_CASE(what_is_no_level_and_no_filter_is_refused) {
  KEFU_THROWS(std::invalid_argument, ComfortNoise(0.1, 1));
  KEFU_THROWS(std::invalid_argument, ComfortNoise(std::numeric_limits<double>::quiet_NaN(), 1));
  KEFU_THROWS(std::invalid_argument, ComfortNoise(-50.0, 1, {1.0, 0.0, 0.0, 0.0}));
}

}  // namespace
