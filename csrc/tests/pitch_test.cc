#include "pitch.h"

#include <cmath>
#include <random>
#include <stdexcept>
#include <vector>

#include "check.h"

namespace {

using kefu::Path;
using kefu::Pitch;

constexpr double kTurn = 2.0 * 3.14159265358979323846;
constexpr size_t kSamples = 160;
constexpr int kRate = 4000;

// Harmonics between two limits, softer as they rise.
std::vector<float> voice(double hz, double lowest_hz, double noise, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> hiss(0.0, noise);
  std::vector<float> frame(kSamples);
  for (size_t i = 0; i < kSamples; ++i) {
    double total = hiss(random);
    for (int k = 1; k * hz < 1700.0; ++k) {
      if (k * hz < lowest_hz) continue;
      total += std::sin(kTurn * k * hz * static_cast<double>(i) / kRate + k) / k;
    }
    frame[i] = static_cast<float>(total);
  }
  return frame;
}

// Boersma's method as the paper has it, in double: each lag by itself, the correlation between lags
// by a long sine over its argument, the best of many places.
double reference(const std::vector<float>& frame) {
  const size_t n = frame.size();
  double mean = 0.0;
  for (const float value : frame) mean += static_cast<double>(value) / static_cast<double>(n);
  const auto window = [n](size_t i) {
    return 0.5 - 0.5 * std::cos(kTurn * static_cast<double>(i + 1) / static_cast<double>(n + 1));
  };
  std::vector<double> ratio;
  for (size_t lag = 0; lag < n / 2; ++lag) {
    double cross = 0.0;
    double energy = 0.0;
    double own = 0.0;
    double whole = 0.0;
    for (size_t i = 0; i < n; ++i) {
      const double here = (static_cast<double>(frame[i]) - mean) * window(i);
      energy += here * here;
      whole += window(i) * window(i);
      if (i + lag >= n) continue;
      cross += here * (static_cast<double>(frame[i + lag]) - mean) * window(i + lag);
      own += window(i) * window(i + lag);
    }
    ratio.push_back(cross / energy / (own / whole));
  }
  double best = -9.0;
  double hz = 0.0;
  for (double place = 8.0; place <= 54.0; place += 0.01) {
    double height = 0.0;
    for (int tap = -24; tap <= 24; ++tap) {
      const auto lag = static_cast<int>(place) + tap;
      const double away = (place - lag) * kTurn / 2.0;
      const double sinc = std::abs(away) < 1e-9 ? 1.0 : std::sin(away) / away;
      height +=
          ratio[static_cast<size_t>(std::abs(lag))] * sinc * (0.5 + 0.5 * std::cos(away / 25.0));
    }
    const double strength = height - 0.03 * std::log2(place);
    if (strength <= best) continue;
    best = strength;
    hz = height > 0.5 ? kRate / place : 0.0;
  }
  return hz;
}

KEFU_CASE(known_pitches_are_found_with_and_without_their_fundamental) {
  for (const Path path : kefu::paths()) {
    Pitch pitch(kRate, kSamples, {}, path);
    for (const double hz : {80.0, 110.0, 147.3, 220.0, 301.7, 440.0}) {
      KEFU_NEAR(pitch.find(voice(hz, 0.0, 0.0, 1).data()), hz, 0.01 * hz);
      KEFU_NEAR(pitch.find(voice(hz, 300.0, 0.0, 1).data()), hz, 0.01 * hz);
    }
  }
}

KEFU_LONG_CASE(every_path_finds_what_the_paper_s_formula_gives_in_double) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    const double hz = 77.0 + 20.3 * seed;
    const std::vector<float> frame =
        voice(hz, seed % 2 == 0 ? 0.0 : 300.0, 0.02 * (seed % 5), seed);
    const double expected = reference(frame);
    for (const Path path : kefu::paths()) {
      Pitch pitch(kRate, kSamples, {}, path);
      KEFU_NEAR(pitch.find(frame.data()), expected, 2e-3 * hz);
    }
  }
}

KEFU_CASE(scale_and_mean_do_not_matter_and_a_frame_leaves_nothing_behind) {
  Pitch pitch(kRate, kSamples);
  const std::vector<float> frame = voice(130.0, 0.0, 0.1, 3);
  const double hz = pitch.find(frame.data());
  std::vector<float> other(frame);
  for (float& value : other) value = 1000.0F * value + 20.0F;
  KEFU_NEAR(pitch.find(other.data()), hz, 1e-3);
  KEFU_EQUAL(pitch.find(frame.data()), hz);
}

KEFU_CASE(what_does_not_repeat_has_no_pitch) {
  for (const Path path : kefu::paths()) {
    Pitch pitch(kRate, kSamples, {}, path);
    KEFU_EQUAL(pitch.find(std::vector<float>(kSamples, 0.0F).data()), 0.0);
    KEFU_EQUAL(pitch.find(std::vector<float>(kSamples, 0.75F).data()), 0.0);
    std::vector<float> click(kSamples, 0.0F);
    click[80] = 1.0F;
    KEFU_EQUAL(pitch.find(click.data()), 0.0);
    std::mt19937 random(5);
    std::normal_distribution<float> hiss(0.0F, 1.0F);
    int found = 0;
    for (int i = 0; i < 200; ++i) {
      for (float& value : click) value = hiss(random);
      if (pitch.find(click.data()) > 0.0) ++found;
    }
    KEFU_CHECK(found < 20);
  }
}

KEFU_CASE(not_a_number_is_no_pitch) {
  Pitch pitch(kRate, kSamples);
  std::vector<float> frame = voice(130.0, 0.0, 0.0, 1);
  frame[7] = std::nanf("");
  KEFU_EQUAL(pitch.find(frame.data()), 0.0);
}

KEFU_CASE(finding_asks_for_no_memory) {
  Pitch pitch(kRate, kSamples);
  const std::vector<float> frame = voice(130.0, 0.0, 0.0, 1);
  KEFU_NO_ALLOCATION(pitch.find(frame.data()));
}

KEFU_CASE(frames_of_other_rates_and_lengths) {
  for (const size_t samples : {161U, 199U, 220U, 319U}) {
    const auto rate = static_cast<int64_t>(samples * 25);
    std::vector<float> frame(samples);
    for (size_t i = 0; i < samples; ++i) {
      const double turn = kTurn * 140.0 * static_cast<double>(i) / static_cast<double>(rate);
      frame[i] = static_cast<float>(std::sin(turn) + 0.5 * std::sin(2.0 * turn));
    }
    for (const Path path : kefu::paths()) {
      KEFU_NEAR(Pitch(rate, samples, {}, path).find(frame.data()), 140.0, 0.7);
    }
  }
}

KEFU_CASE(rules_that_make_no_sense_are_refused) {
  KEFU_THROWS(std::invalid_argument, Pitch(0, 160));
  KEFU_THROWS(std::invalid_argument, Pitch(-4000, 160));
  KEFU_THROWS(std::invalid_argument, Pitch(96'000, 160));
  KEFU_THROWS(std::invalid_argument, Pitch(4000, 0));
  KEFU_THROWS(std::invalid_argument, Pitch(4000, 100));
  KEFU_THROWS(std::invalid_argument, Pitch(4000, 1U << 20U));
  KEFU_THROWS(std::invalid_argument, Pitch(4000, 160, {std::nan(""), 500.0, 0.5, 0.01}));
  KEFU_THROWS(std::invalid_argument, Pitch(4000, 160, {75.0, 70.0, 0.5, 0.01}));
  KEFU_THROWS(std::invalid_argument, Pitch(4000, 160, {75.0, 501.0, 0.5, 0.01}));
  KEFU_THROWS(std::invalid_argument, Pitch(4000, 160, {75.0, 500.0, 0.0, 0.01}));
  KEFU_THROWS(std::invalid_argument, Pitch(4000, 160, {75.0, 500.0, 0.5, -0.01}));
}

}  // namespace
