#include "syllables.h"

#include <cmath>
#include <stdexcept>
#include <vector>

#include "check.h"

namespace {

using kefu::Syllables;

// A power for each 10 ms: swells of 0 dB to -40 dB, so many a second.
std::vector<double> swelling(double per_second, size_t blocks) {
  std::vector<double> power(blocks);
  for (size_t i = 0; i < blocks; ++i) {
    const double turn = 2.0 * 3.14159265358979323846 * per_second * static_cast<double>(i) / 100.0;
    power[i] = std::pow(10.0, -2.0 - 2.0 * std::cos(turn));
  }
  return power;
}

double counted(const std::vector<double>& power, uint8_t voiced = 1) {
  Syllables syllables(600);
  const std::vector<uint8_t> frames(power.size() / 2, voiced);
  return syllables.per_second(power.data(), power.size(), frames.data(), frames.size());
}

KEFU_CASE(swells_are_counted) {
  for (const double rate : {2.0, 4.0, 6.0}) KEFU_NEAR(counted(swelling(rate, 400)), rate, 0.3);
}

KEFU_CASE(only_voiced_peaks_count) { KEFU_EQUAL(counted(swelling(4.0, 400), 0), 0.0); }

KEFU_CASE(a_dip_of_less_than_two_decibels_is_none) {
  std::vector<double> power(100, 0.01);
  for (size_t i = 0; i < 100; ++i) power[i] *= i % 20 < 10 ? 1.0 : 0.8;
  power.insert(power.end(), 40, 1e-8);
  KEFU_NEAR(counted(power), 1.0, 0.1);
}

KEFU_CASE(a_pause_of_300_ms_is_not_spoken_and_a_shorter_one_is) {
  const auto paused = [](size_t blocks) {
    std::vector<double> power = swelling(5.0, 100);
    power.insert(power.end(), blocks, 0.0);
    const std::vector<double> more = swelling(5.0, 100);
    power.insert(power.end(), more.begin(), more.end());
    return counted(power);
  };
  KEFU_NEAR(paused(100), 5.0, 0.4);
  KEFU_NEAR(paused(20), 10.0 / 2.15, 0.2);
}

KEFU_CASE(nothing_and_silence_have_no_syllables) {
  KEFU_EQUAL(counted({}), 0.0);
  KEFU_EQUAL(counted(std::vector<double>(50, 0.0)), 0.0);
}

KEFU_CASE(more_than_the_most_is_refused) {
  KEFU_THROWS(std::invalid_argument, counted(std::vector<double>(601, 0.1)));
}

KEFU_CASE(counting_asks_for_no_memory) {
  Syllables syllables(200);
  const std::vector<double> power = swelling(4.0, 200);
  const std::vector<uint8_t> voiced(100, 1);
  KEFU_NO_ALLOCATION(syllables.per_second(power.data(), 200, voiced.data(), 100));
}

}  // namespace
