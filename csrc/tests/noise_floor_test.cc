#include "noise_floor.h"

#include <cmath>
#include <random>
#include <stdexcept>
#include <vector>

#include "check.h"

namespace {

// Noise of `dbfs`, each sample `colour` times the one before and the rest new.
std::vector<int16_t> noise(size_t samples, double dbfs, double colour, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(0.0, 1.0);
  const double sigma = 32768.0 * std::pow(10.0, dbfs / 20.0);
  std::vector<int16_t> pcm(samples);
  double value = 0.0;
  for (int16_t& each : pcm) {
    value = colour * value + std::sqrt(1.0 - colour * colour) * normal(random);
    each = static_cast<int16_t>(std::lround(std::max(-32768.0, std::min(32767.0, sigma * value))));
  }
  return pcm;
}

KEFU_CASE(noise_is_found_at_every_rate_and_level) {
  for (const int rate : {8000, 16000, 24000}) {
    for (const double dbfs : {-60.0, -45.0, -30.0}) {
      for (const double colour : {0.0, 0.9}) {
        kefu::NoiseFloor floor(rate);
        const auto pcm = noise(static_cast<size_t>(rate) * 4, dbfs, colour, 3);
        floor.push(pcm.data(), pcm.size());
        KEFU_NEAR(floor.dbfs(), dbfs, colour > 0.0 ? 1.5 : 0.5);
      }
    }
  }
}

KEFU_CASE(voice_with_pauses_does_not_raise_it) {
  kefu::NoiseFloor floor(8000);
  const auto quiet = noise(8000 * 10, -55.0, 0.0, 5);
  auto pcm = noise(8000 * 10, -15.0, 0.9, 4);
  for (size_t i = 0; i < pcm.size(); ++i) {  // 300 ms of silence in every 1.5 s
    pcm[i] = i % 12000 < 2400 ? quiet[i] : pcm[i];
  }
  for (size_t i = 0; i < pcm.size(); i += 160) {
    floor.push(pcm.data() + i, 160);
    if (i >= 4800) KEFU_CHECK(floor.dbfs() < -50.0);
  }
  KEFU_NEAR(floor.dbfs(), -55.0, 2.0);
}

KEFU_CASE(louder_noise_is_believed_after_2_s_and_softer_at_once) {
  kefu::NoiseFloor floor(8000);
  const auto soft = noise(8000 * 3, -60.0, 0.0, 6);
  const auto loud = noise(8000 * 3, -40.0, 0.0, 7);
  floor.push(soft.data(), soft.size());
  floor.push(loud.data(), 8000);
  KEFU_NEAR(floor.dbfs(), -60.0, 1.0);
  floor.push(loud.data() + 8000, 8000 + 8 * 160);
  KEFU_NEAR(floor.dbfs(), -40.0, 1.0);
  floor.push(soft.data(), 8000);
  KEFU_NEAR(floor.dbfs(), -60.0, 1.0);
}

KEFU_CASE(pieces_of_any_length_give_the_same) {
  const auto pcm = noise(8000, -40.0, 0.5, 8);
  kefu::NoiseFloor whole(8000);
  whole.push(pcm.data(), pcm.size());
  for (const size_t piece : {1U, 37U, 160U, 480U}) {
    kefu::NoiseFloor floor(8000);
    for (size_t at = 0; at < pcm.size(); at += piece) {
      floor.push(pcm.data() + at, std::min(piece, pcm.size() - at));
    }
    KEFU_EQUAL(floor.dbfs(), whole.dbfs());
  }
}

KEFU_CASE(before_anything_and_on_a_dead_line_it_is_96_below) {
  kefu::NoiseFloor floor(16000);
  KEFU_EQUAL(floor.dbfs(), -96.0);
  floor.push(nullptr, 0);
  KEFU_EQUAL(floor.dbfs(), -96.0);
  const std::vector<int16_t> dead(16000);
  floor.push(dead.data(), dead.size());
  KEFU_EQUAL(floor.dbfs(), -96.0);
}

KEFU_CASE(no_memory_and_no_other_rate) {
  kefu::NoiseFloor floor(8000);
  const std::vector<int16_t> pcm(1600, int16_t{100});
  KEFU_NO_ALLOCATION(floor.push(pcm.data(), pcm.size()));
  KEFU_THROWS(std::invalid_argument, kefu::NoiseFloor(44100));
}

}  // namespace
