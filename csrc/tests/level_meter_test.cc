#include "level_meter.h"

#include <cmath>
#include <vector>

#include "check.h"

namespace {

KEFU_CASE(full_scale_is_0_db_and_silence_is_96_below) {
  const std::vector<int16_t> full(160, int16_t{-32768});
  KEFU_NEAR(kefu::level_of(full.data(), full.size()).rms_dbfs, 0.0, 1e-12);
  KEFU_NEAR(kefu::level_of(full.data(), full.size()).peak_dbfs, 0.0, 1e-12);
  const std::vector<int16_t> silent(160);
  KEFU_EQUAL(kefu::level_of(silent.data(), silent.size()).rms_dbfs, -96.0);
  KEFU_EQUAL(kefu::level_of(silent.data(), silent.size()).peak_dbfs, -96.0);
  KEFU_EQUAL(kefu::level_of(nullptr, 0).rms_dbfs, -96.0);
  KEFU_EQUAL(kefu::level_of(nullptr, 0).peak_dbfs, -96.0);
}

KEFU_CASE(a_sine_lies_3_db_below_its_peak) {
  std::vector<int16_t> sine(8000);
  for (size_t i = 0; i < sine.size(); ++i) {
    sine[i] = static_cast<int16_t>(std::lround(16384.0 * std::sin(0.1 * static_cast<double>(i))));
  }
  const kefu::Level level = kefu::level_of(sine.data(), sine.size());
  KEFU_NEAR(level.rms_dbfs, -9.03, 0.01);
  KEFU_NEAR(level.peak_dbfs, -6.02, 0.01);
}

KEFU_CASE(any_length_is_summed_exactly) {
  std::vector<int16_t> pcm(481);
  uint32_t state = 1;
  for (int16_t& value : pcm) {
    state = state * 1664525U + 1013904223U;
    value = static_cast<int16_t>(state >> 16U);
  }
  for (size_t samples = 1; samples <= pcm.size(); ++samples) {
    double power = 0.0;
    double peak = 0.0;
    for (size_t i = 0; i < samples; ++i) {
      power += static_cast<double>(pcm[i]) * pcm[i];
      peak = std::max(peak, std::abs(static_cast<double>(pcm[i])));
    }
    const kefu::Level level = kefu::level_of(pcm.data(), samples);
    const double mean = power / static_cast<double>(samples);
    KEFU_NEAR(level.rms_dbfs, 10.0 * std::log10(mean / std::pow(2.0, 30)), 1e-9);
    KEFU_NEAR(level.peak_dbfs, 20.0 * std::log10(peak / 32768.0), 1e-9);
  }
}

KEFU_CASE(levels_need_no_memory) {
  const std::vector<int16_t> pcm(160, int16_t{1000});
  KEFU_NO_ALLOCATION(kefu::level_of(pcm.data(), pcm.size()));
}

}  // namespace
