#include "resampler.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <stdexcept>

#include "check.h"
#include "equiripple.h"

namespace kefu {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr int64_t kRates[] = {8000, 12000, 16000, 24000, 32000, 48000};

std::vector<float> noise(size_t n, uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> level(-1.0F, 1.0F);
  std::vector<float> samples(n);
  for (float& sample : samples) sample = level(random);
  return samples;
}

template <typename Call>
void for_each_pair(Call call) {
  for (const int64_t from : kRates) {
    for (const int64_t to : kRates) call(from, to);
  }
}

template <typename T>
std::vector<T> whole(Resampler& resampler, const std::vector<T>& in) {
  std::vector<T> out(resampler.output_for(in.size()) + resampler.delay_samples());
  const size_t got = resampler.push(in.data(), in.size(), out.data());
  KEFU_EQUAL(got + resampler.flush(out.data() + got), out.size());
  return out;
}

}  // namespace

KEFU_LONG_CASE(twenty_ms_in_are_twenty_ms_out) {
  for_each_pair([](int64_t from, int64_t to) {
    Resampler resampler(from, to);
    const std::vector<int16_t> in(static_cast<size_t>(from) / 50);
    std::vector<int16_t> out(static_cast<size_t>(to) / 50);
    for (int frame = 0; frame < 20; ++frame) {
      KEFU_EQUAL(resampler.output_for(in.size()), out.size());
      KEFU_NO_ALLOCATION(resampler.push(in.data(), in.size(), out.data()));
    }
  });
}

KEFU_LONG_CASE(any_chunking_gives_the_same_bits_on_every_path) {
  for (const Path path : paths()) {
    for_each_pair([path](int64_t from, int64_t to) {
      const std::vector<float> in = noise(3001, 7);
      Resampler resampler(from, to, path);
      const std::vector<float> expected = whole(resampler, in);
      std::mt19937 random(static_cast<uint32_t>(from + to));
      std::vector<float> out(expected.size());
      size_t taken = 0;
      size_t given = 0;
      while (taken < in.size()) {
        const size_t n = std::min<size_t>(in.size() - taken, random() % 97);
        const size_t promised = resampler.output_for(n);
        const size_t got = resampler.push(in.data() + taken, n, out.data() + given);
        KEFU_EQUAL(got, promised);
        taken += n;
        given += got;
      }
      KEFU_EQUAL(given + resampler.flush(out.data() + given), expected.size());
      KEFU_EQUAL(std::memcmp(out.data(), expected.data(), out.size() * sizeof(float)), 0);
    });
  }
}

KEFU_LONG_CASE(every_output_is_the_sum_that_the_lowpass_says) {
  struct Pair {
    int64_t from, to, grid;
  };
  for (const auto& [from, to, grid] :
       {Pair{8000, 16000, 16000}, Pair{24000, 8000, 24000}, Pair{24000, 16000, 48000},
        Pair{12000, 32000, 96000}, Pair{32000, 12000, 96000}}) {
    const std::vector<float> in = noise(700, 3);
    for (const Path path : paths()) {
      Resampler resampler(from, to, path);
      const std::vector<float> out = whole(resampler, in);
      const auto up = static_cast<size_t>(grid / from);
      const auto down = static_cast<size_t>(grid / to);
      const size_t half = resampler.delay_samples() * down;
      const double half_band =
          0.5 * static_cast<double>(std::min(from, to)) / static_cast<double>(grid);
      const std::vector<double> taps = equiripple_lowpass(half, 0.85 * half_band, half_band, 64.0);
      for (size_t j = 0; j < out.size(); ++j) {
        double expected = 0.0;
        for (size_t i = 0; i < in.size(); ++i) {
          const size_t input = i * up;
          if (input <= j * down && j * down - input < taps.size()) {
            expected += double{in[i]} * taps[j * down - input] * static_cast<double>(up);
          }
        }
        KEFU_NEAR(out[j], expected, 2e-6);
      }
    }
  }
}

KEFU_CASE(a_tone_comes_through_late_by_the_delay) {
  constexpr double kToneHz = 1234.0;
  std::vector<float> in(1600);
  for (size_t i = 0; i < in.size(); ++i) {
    in[i] = static_cast<float>(0.5 * std::sin(2.0 * kPi * kToneHz * static_cast<double>(i) / 8000));
  }
  Resampler resampler(8000, 16000);
  KEFU_NEAR(resampler.delay_ms(), 2.875, 1e-12);
  const std::vector<float> out = whole(resampler, in);
  for (size_t j = 200; j < 3000; ++j) {
    const double at = static_cast<double>(j) / 16000.0 - resampler.delay_ms() / 1000.0;
    KEFU_NEAR(out[j], 0.5 * std::sin(2.0 * kPi * kToneHz * at), 0.5 * 0.0058);
  }
}

KEFU_CASE(whole_arrays_come_without_the_delay) {
  for (const size_t n : {size_t{0}, size_t{1}, size_t{5}, size_t{23}, size_t{24}, size_t{4000}}) {
    const std::vector<float> in = noise(n, 11);
    Resampler resampler(24000, 8000);
    const std::vector<float> late = whole(resampler, in);
    std::vector<float> out(resampled_length(n, 24000, 8000));
    KEFU_EQUAL(out.size(), (n + 2) / 3);
    resample(in.data(), n, 24000, 8000, out.data());
    for (size_t j = 0; j < out.size(); ++j) {
      KEFU_EQUAL(out[j], late[j + resampler.delay_samples()]);
    }
  }
}

KEFU_CASE(int16_rounds_and_saturates) {
  std::vector<int16_t> square(480);
  for (size_t i = 0; i < square.size(); ++i) square[i] = i % 24 < 12 ? INT16_MAX : INT16_MIN;
  std::vector<float> floats(square.size());
  Resampler resampler(24000, 8000);
  std::vector<int16_t> out(160);
  std::vector<float> exact(160);
  resampler.push(square.data(), square.size(), out.data());
  resampler.reset();
  resampler.push(square.data(), square.size(), exact.data());
  int limited = 0;
  for (size_t j = 0; j < out.size(); ++j) {
    const double value = std::nearbyint(double{exact[j]} * 32768.0);
    limited += value > 32767.0 || value < -32768.0 ? 1 : 0;
    KEFU_EQUAL(static_cast<double>(out[j]), std::min(std::max(value, -32768.0), 32767.0));
  }
  KEFU_CHECK(limited > 0);
}

KEFU_CASE(int16_gives_the_floats_of_its_value) {
  std::vector<int16_t> pcm(640);
  std::vector<float> floats(pcm.size());
  for (size_t i = 0; i < pcm.size(); ++i) {
    pcm[i] = static_cast<int16_t>(i * 7919);
    floats[i] = static_cast<float>(pcm[i]) / 32768.0F;
  }
  Resampler resampler(32000, 12000);
  std::vector<float> out(240);
  resampler.push(pcm.data(), pcm.size(), out.data());
  resampler.reset();
  std::vector<float> expected(240);
  resampler.push(floats.data(), floats.size(), expected.data());
  KEFU_EQUAL(std::memcmp(out.data(), expected.data(), out.size() * sizeof(float)), 0);
}

KEFU_CASE(a_nan_is_gone_after_twice_the_delay) {
  Resampler resampler(48000, 8000);
  std::vector<float> in(960);
  in[0] = std::numeric_limits<float>::quiet_NaN();
  in[3] = std::numeric_limits<float>::infinity();
  std::vector<float> out(160);
  resampler.push(in.data(), in.size(), out.data());
  KEFU_CHECK(std::isnan(out[0]));
  for (size_t j = 2 * resampler.delay_samples() + 2; j < out.size(); ++j) KEFU_EQUAL(out[j], 0.0F);
}

KEFU_CASE(equal_rates_are_a_copy) {
  Resampler resampler(8000, 8000);
  KEFU_EQUAL(resampler.delay_ms(), 0.0);
  KEFU_EQUAL(resampler.output_for(5), 5U);
  const std::vector<int16_t> in{1, -2, INT16_MAX, INT16_MIN, 0};
  KEFU_CHECK(whole(resampler, in) == in);
  std::vector<float> out(in.size());
  resampler.push(in.data(), in.size(), out.data());
  KEFU_EQUAL(out[3], -1.0F);
}

KEFU_CASE(other_rates_are_no_resampler) {
  KEFU_THROWS(std::invalid_argument, Resampler(44100, 8000));
  KEFU_THROWS(std::invalid_argument, Resampler(8000, 0));
}

}  // namespace kefu
