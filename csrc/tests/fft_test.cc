// Power spectra against a direct DFT in double, on every path.
#include "fft.h"

#include <cmath>
#include <complex>
#include <cstring>
#include <random>
#include <stdexcept>

#include "check.h"
#include "lanes.h"

namespace kefu {
namespace {

constexpr int kSizes[] = {256, 400, 512};
constexpr double kTurn = 6.283185307179586;

struct Frames {
  F8 samples[FftTables::kMostSamples];
  F8 power[FftTables::kMostBins];
};

void fill_with_noise(Frames& frames, int samples) {
  std::mt19937 random(static_cast<unsigned>(samples));
  std::uniform_real_distribution<float> value(-1.0F, 1.0F);
  for (int n = 0; n < samples; ++n) {
    for (int lane = 0; lane < 8; ++lane) frames.samples[n][lane] = value(random);
  }
}

double direct_power(const Frames& frames, int samples, int bin, int lane) {
  std::complex<double> sum = 0;
  for (int n = 0; n < samples; ++n) {
    const double turn = -kTurn * bin * n / samples;
    sum += static_cast<double>(frames.samples[n][lane]) * std::polar(1.0, turn);
  }
  return std::norm(sum);
}

}  // namespace

KEFU_CASE(noise_has_the_power_that_a_direct_transform_finds) {
  for (const int samples : kSizes) {
    const FftTables tables = make_fft(samples);
    Frames frames;
    fill_with_noise(frames, samples);
    const Frames source = frames;
    for (const Path path : paths()) {
      frames = source;
      power_spectra(tables, frames.samples, frames.power, path);
      for (int bin = 0; bin < tables.bins(); bin += bin < 4 || bin > samples / 2 - 4 ? 1 : 7) {
        for (const int lane : {0, 5}) {
          const double expected = direct_power(source, samples, bin, lane);
          KEFU_NEAR(frames.power[bin][lane], expected, 1e-5 * expected + 1e-3);
        }
      }
    }
  }
}

KEFU_CASE(all_paths_give_the_same_bits) {
  for (const int samples : kSizes) {
    const FftTables tables = make_fft(samples);
    Frames first;
    fill_with_noise(first, samples);
    const Frames source = first;
    power_spectra(tables, first.samples, first.power, Path::kPortable);
    for (const Path path : paths()) {
      Frames other = source;
      power_spectra(tables, other.samples, other.power, path);
      const size_t bytes = static_cast<size_t>(tables.bins()) * sizeof(F8);
      KEFU_EQUAL(std::memcmp(first.power, other.power, bytes), 0);
    }
  }
}

KEFU_CASE(a_tone_stands_in_its_bin_alone) {
  for (const int samples : kSizes) {
    const FftTables tables = make_fft(samples);
    for (const int bin : {0, 1, samples / 4, samples / 2 - 1, samples / 2}) {
      Frames frames;
      for (int n = 0; n < samples; ++n) {
        frames.samples[n] = all8(static_cast<float>(std::cos(kTurn * bin * n / samples)));
      }
      power_spectra(tables, frames.samples, frames.power, best_path());
      const bool at_edge = bin == 0 || bin == samples / 2;
      const double amplitude = at_edge ? samples : samples / 2.0;
      for (int other = 0; other < tables.bins(); ++other) {
        const double expected = other == bin ? amplitude * amplitude : 0;
        KEFU_NEAR(frames.power[other][3], expected, 1e-5 * amplitude * amplitude);
      }
    }
  }
}

KEFU_CASE(a_lane_does_not_hear_its_neighbours) {
  const FftTables tables = make_fft(400);
  Frames frames;
  for (F8& sample : frames.samples) sample = all8(0.0F);
  for (int n = 0; n < 400; ++n) frames.samples[n][2] = n % 3 == 0 ? 1.0F : -0.5F;
  power_spectra(tables, frames.samples, frames.power, best_path());
  for (int bin = 0; bin < tables.bins(); ++bin) {
    for (const int lane : {0, 1, 3, 7}) KEFU_EQUAL(frames.power[bin][lane], 0.0F);
  }
}

KEFU_CASE(other_sizes_are_refused) {
  for (const int samples : {-1, 0, 1, 200, 401, 1024}) {
    KEFU_THROWS(std::invalid_argument, make_fft(samples));
  }
}

KEFU_CASE(the_logarithm_is_that_of_the_library) {
  for (double value = 1e-30; value < 1e30; value *= 1.37) {
    const auto x = static_cast<float>(value);
    const double expected = std::log(static_cast<double>(x));
    const float whole = natural_log(all8(x))[4];
    KEFU_NEAR(whole, expected, 4e-7 * std::abs(expected));
    Halves both;
    both.low = both.high = F4{x, x, x, x};
    const Halves halves = natural_log(both);
    KEFU_EQUAL(halves.high[1], whole);
  }
}

KEFU_CASE(a_square_is_turned_over_its_diagonal) {
  F8 rows[8];
  Halves halves[8];
  for (int r = 0; r < 8; ++r) {
    for (int c = 0; c < 8; ++c) rows[r][c] = static_cast<float>(10 * r + c);
    std::memcpy(&halves[r], &rows[r], sizeof rows[r]);
  }
  transpose8(rows);
  transpose8(halves);
  KEFU_EQUAL(std::memcmp(rows, halves, sizeof rows), 0);
  for (int r = 0; r < 8; ++r) {
    for (int c = 0; c < 8; ++c) KEFU_EQUAL(rows[r][c], static_cast<float>(10 * c + r));
  }
}

}  // namespace kefu
