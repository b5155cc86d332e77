#include "conceal.h"

#include <cmath>
#include <random>
#include <stdexcept>
#include <vector>

#include "check.h"

namespace {

using kefu::Concealer;

constexpr double kPi = 3.14159265358979323846;

// A voice of `hz` with five harmonics, from sample `first` on.
std::vector<int16_t> voice(double hz, int rate_hz, int first, int samples) {
  std::vector<int16_t> pcm;
  for (int n = first; n < first + samples; ++n) {
    double value = 0.0;
    for (int k = 1; k <= 5; ++k) value += std::sin(2.0 * kPi * k * hz * n / rate_hz + k) / k;
    pcm.push_back(static_cast<int16_t>(4000.0 * value));
  }
  return pcm;
}

double error_db(const std::vector<int16_t>& got, const std::vector<int16_t>& real, size_t samples) {
  double error = 0.0;
  double power = 0.0;
  for (size_t i = 0; i < samples; ++i) {
    error += std::pow(static_cast<double>(got[i]) - real[i], 2);
    power += std::pow(static_cast<double>(real[i]), 2);
  }
  return 10.0 * std::log10(error / power);
}

KEFU_CASE(a_voice_goes_on_at_its_pitch_and_phase) {
  for (const int rate : {8000, 16000, 24000}) {
    for (const double hz : {80.0, 100.0, 125.0, 160.0}) {  // whole samples a period
      Concealer concealer(rate);
      auto before = voice(hz, rate, 0, rate / 10);
      concealer.received(before.data(), before.size());
      std::vector<int16_t> gap(static_cast<size_t>(rate / 50));
      concealer.conceal(gap.data(), gap.size());
      const auto period = static_cast<size_t>(rate / hz);
      KEFU_EQUAL(concealer.period() % period, 0U);  // or twice of it
      const auto real = voice(hz, rate, rate / 10, rate / 50);
      KEFU_CHECK(error_db(gap, real, static_cast<size_t>(rate / 100)) < -15.0);
      auto after = voice(hz, rate, rate / 10 + rate / 50, rate / 50);
      const auto untouched = after;
      concealer.received(after.data(), after.size());
      KEFU_CHECK(error_db(after, untouched, after.size()) < -15.0);
      // No more than 10 ms are overlapped, and what comes next is not touched at all.
      const auto ten_ms = static_cast<size_t>(rate / 100);
      for (size_t i = ten_ms; i < after.size(); ++i) KEFU_EQUAL(after[i], untouched[i]);
      auto next = untouched;
      concealer.received(next.data(), next.size());
      KEFU_CHECK(next == untouched);
    }
  }
}

KEFU_CASE(it_fades_by_a_fifth_each_10_ms_to_nothing) {
  Concealer concealer(8000);
  std::vector<int16_t> level(800, int16_t{10'000});
  concealer.received(level.data(), level.size());
  std::vector<int16_t> gap(480);
  concealer.conceal(gap.data(), gap.size());
  for (size_t i = 0; i < 80; ++i) KEFU_EQUAL(gap[i], 10'000);
  for (size_t ms = 10; ms < 60; ms += 10) {
    KEFU_NEAR(gap[8 * ms], 10'000.0 * (1.0 - 0.02 * static_cast<double>(ms - 10)), 1.0);
  }
  KEFU_CHECK(gap[479] > 0 && gap[479] < 30);
}

KEFU_CASE(a_gap_goes_on_as_it_is_asked_for) {
  auto before = voice(110.0, 8000, 0, 800);
  Concealer whole(8000);
  Concealer divided(8000);
  whole.received(before.data(), before.size());
  divided.received(before.data(), before.size());
  std::vector<int16_t> at_once(480);
  std::vector<int16_t> bit_by_bit(480);
  whole.conceal(at_once.data(), 480);
  for (size_t i = 0; i < 480; i += 48) divided.conceal(bit_by_bit.data() + i, 48);
  KEFU_CHECK(at_once == bit_by_bit);
}

KEFU_CASE(it_begins_and_ends_without_a_step) {
  std::mt19937 random(3);
  for (int trial = 0; trial < 50; ++trial) {
    const double hz = std::uniform_real_distribution<double>(70.0, 190.0)(random);
    const int samples = 160 * (1 + trial % 3);
    Concealer concealer(8000);
    auto before = voice(hz, 8000, trial, 800);
    concealer.received(before.data(), before.size());
    std::vector<int16_t> all(before.end() - 1, before.end());
    std::vector<int16_t> gap(static_cast<size_t>(samples));
    concealer.conceal(gap.data(), gap.size());
    all.insert(all.end(), gap.begin(), gap.end());
    auto after = voice(hz, 8000, trial + 800 + samples, 160);
    concealer.received(after.data(), after.size());
    all.insert(all.end(), after.begin(), after.end());
    int steepest = 0;
    for (size_t i = 1; i < before.size(); ++i) {
      steepest = std::max(steepest, std::abs(before[i] - before[i - 1]));
    }
    for (size_t i = 1; i < all.size(); ++i) {
      KEFU_CHECK(std::abs(all[i] - all[i - 1]) <= steepest * 3 / 2);
    }
  }
}

KEFU_CASE(silence_stays_silence_and_what_was_forgotten_does_not_come_back) {
  Concealer concealer(8000);
  std::vector<int16_t> gap(160, int16_t{1});
  KEFU_NO_ALLOCATION(concealer.conceal(gap.data(), gap.size()));
  KEFU_CHECK(gap == std::vector<int16_t>(160));
  auto loud = voice(100.0, 8000, 0, 800);
  KEFU_NO_ALLOCATION(concealer.received(loud.data(), loud.size()));
  concealer.forget();
  KEFU_NO_ALLOCATION(concealer.conceal(gap.data(), gap.size()));
  KEFU_CHECK(gap == std::vector<int16_t>(160));
  KEFU_THROWS(std::invalid_argument, Concealer(48000));
}

}  // namespace
