#include "contour.h"

#include <cmath>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <vector>

#include "check.h"

namespace {

using kefu::Contour;
using kefu::Path;

constexpr double kTurn = 2.0 * 3.14159265358979323846;

std::vector<int16_t> voice(double seconds, int64_t rate_hz, double hz = 150.0) {
  std::mt19937 random(7);
  std::normal_distribution<double> hiss(0.0, 100.0);
  std::vector<int16_t> pcm(static_cast<size_t>(seconds * static_cast<double>(rate_hz)));
  for (size_t i = 0; i < pcm.size(); ++i) {
    const double at = static_cast<double>(i) / static_cast<double>(rate_hz);
    const double buzz = std::sin(kTurn * hz * at) + 0.5 * std::sin(2.0 * kTurn * hz * at);
    pcm[i] = static_cast<int16_t>(6000.0 * buzz * (1.0 + 0.5 * std::sin(3.0 * at)) + hiss(random));
  }
  return pcm;
}

struct Measured {
  std::vector<double> hz;
  std::vector<double> power;
  std::vector<double> blocks;
  bool operator==(const Measured& other) const {
    return hz == other.hz && power == other.power && blocks == other.blocks;
  }
};

Measured measured(Contour& contour) {
  Measured all{std::vector<double>(contour.frames()), std::vector<double>(contour.frames()),
               std::vector<double>(contour.blocks())};
  contour.measure(all.hz.data(), all.power.data());
  contour.powers(all.blocks.data());
  return all;
}

Measured in_pieces(const std::vector<int16_t>& pcm, int64_t rate_hz, size_t piece, Path path) {
  Contour contour(rate_hz, path);
  for (size_t i = 0; i < pcm.size(); i += piece) {
    contour.push(pcm.data() + i, std::min(piece, pcm.size() - i));
  }
  return measured(contour);
}

KEFU_LONG_CASE(any_pieces_give_the_same_bits) {
  for (const int64_t rate : {8000, 11'025, 16'000, 44'100}) {
    const std::vector<int16_t> pcm = voice(0.7, rate);
    for (const Path path : kefu::paths()) {
      const Measured whole = in_pieces(pcm, rate, pcm.size(), path);
      KEFU_EQUAL(whole.blocks.size(), size_t{70});
      KEFU_EQUAL(whole.hz.size(), size_t{34});
      for (const size_t piece : {1U, 7U, 160U, 1023U}) {
        KEFU_CHECK(in_pieces(pcm, rate, piece, path) == whole);
      }
    }
  }
}

KEFU_LONG_CASE(paths_agree_powers_to_the_bit) {
  for (const int64_t rate : {8000, 24'000}) {
    const std::vector<int16_t> pcm = voice(1.0, rate);
    const Measured portable = in_pieces(pcm, rate, 160, Path::kPortable);
    for (const Path path : kefu::paths()) {
      const Measured other = in_pieces(pcm, rate, 160, path);
      KEFU_CHECK(other.power == portable.power);
      KEFU_CHECK(other.blocks == portable.blocks);
      for (size_t i = 0; i < portable.hz.size(); ++i) {
        KEFU_NEAR(other.hz[i], portable.hz[i], 1e-5 * portable.hz[i]);
      }
    }
  }
}

KEFU_CASE(levels_and_pitch_of_a_known_voice) {
  for (const int64_t rate : {8000, 16'000, 48'000}) {
    Contour contour(rate);
    std::vector<int16_t> pcm(static_cast<size_t>(rate / 2));
    for (size_t i = 0; i < pcm.size(); ++i) {
      const double turn = kTurn * 200.0 * static_cast<double>(i) / static_cast<double>(rate);
      pcm[i] = static_cast<int16_t>(std::lround(16384.0 * std::sin(turn)));
    }
    contour.push(pcm.data(), pcm.size());
    const Measured all = measured(contour);
    KEFU_EQUAL(all.hz.size(), size_t{24});
    for (size_t i = 0; i < all.hz.size(); ++i) {
      KEFU_NEAR(all.hz[i], 200.0, 0.5);
      KEFU_NEAR(all.power[i], 0.125, 0.001);
    }
    for (const double power : all.blocks) KEFU_NEAR(power, 0.125, 0.001);
  }
}

KEFU_CASE(a_constant_has_power_in_its_blocks_and_none_in_its_frames) {
  Contour contour(8000);
  const std::vector<int16_t> pcm(800, -32768);
  contour.push(pcm.data(), pcm.size());
  const Measured all = measured(contour);
  for (const double power : all.power) KEFU_EQUAL(power, 0.0);
  for (const double hz : all.hz) KEFU_EQUAL(hz, 0.0);
  for (const double power : all.blocks) KEFU_EQUAL(power, 1.0);
}

KEFU_CASE(measuring_between_pushes_changes_nothing) {
  const std::vector<int16_t> pcm = voice(0.6, 8000);
  Contour asked(8000);
  for (size_t i = 0; i < pcm.size(); i += 160) {
    asked.push(pcm.data() + i, 160);
    const Measured now = measured(asked);
    KEFU_CHECK(now == in_pieces({pcm.begin(), pcm.begin() + static_cast<std::ptrdiff_t>(i) + 160},
                                8000, 160, kefu::best_path()));
  }
  KEFU_CHECK(measured(asked) == in_pieces(pcm, 8000, 160, kefu::best_path()));
}

KEFU_LONG_CASE(of_a_long_stream_the_last_six_seconds_count) {
  for (const size_t more : {0U, 80U, 160U}) {
    std::vector<int16_t> pcm = voice(8.0, 8000);
    pcm.resize(8 * 8000 - 160 + more);
    const Measured all = in_pieces(pcm, 8000, 160, kefu::best_path());
    KEFU_EQUAL(all.blocks.size(), size_t{600} - (more == 80 ? 1 : 0));
    const size_t start = pcm.size() - all.blocks.size() * 80;
    const std::vector<int16_t> tail(pcm.begin() + static_cast<std::ptrdiff_t>(start), pcm.end());
    const Measured end = in_pieces(tail, 8000, 160, kefu::best_path());
    KEFU_CHECK(all.blocks == end.blocks);
    KEFU_CHECK(all.power == end.power);
    KEFU_EQUAL(all.hz.size(), end.hz.size());
    // The first frame alone knows what was before it, through the low-pass.
    for (size_t i = 1; i < end.hz.size(); ++i) KEFU_EQUAL(all.hz[i], end.hz[i]);
  }
}

KEFU_CASE(reset_is_a_new_stream) {
  const std::vector<int16_t> pcm = voice(0.3, 11'025);
  Contour contour(11'025);
  contour.push(pcm.data(), 1777);
  contour.reset();
  KEFU_EQUAL(contour.blocks(), size_t{0});
  contour.push(pcm.data(), pcm.size());
  KEFU_CHECK(measured(contour) == in_pieces(pcm, 11'025, pcm.size(), kefu::best_path()));
}

KEFU_CASE(pushing_and_measuring_ask_for_no_memory) {
  Contour contour(24'000);
  const std::vector<int16_t> pcm = voice(0.5, 24'000);
  std::vector<double> hz(Contour::kMostFrames);
  std::vector<double> power(Contour::kMostFrames);
  KEFU_NO_ALLOCATION(contour.push(pcm.data(), pcm.size()));
  KEFU_NO_ALLOCATION(contour.measure(hz.data(), power.data()));
}

KEFU_CASE(rates_that_are_none_are_refused) {
  for (const int64_t rate :
       {int64_t{0}, int64_t{-8000}, int64_t{7999}, int64_t{48'001}, INT64_MIN, INT64_MAX}) {
    KEFU_THROWS(std::invalid_argument, Contour{rate});
  }
  for (int64_t rate = 8000; rate <= 48'000; rate += 997) Contour{rate};
}

}  // namespace
