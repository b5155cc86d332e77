// How loud a stretch of PCM is.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kefu {

// In dB of full scale (a constant 32768 is 0), -96 for silence and for nothing.
struct Level {
  double rms_dbfs;
  double peak_dbfs;
};

constexpr double kSilentDbfs = -96.0;

// Of a constant 32768.
constexpr double kFullPower = 32768.0 * 32768.0;

// A ratio of powers in dB, -96 at least.
double power_dbfs(double power);

// Sum of the squares of (samples,) int16.
int64_t energy_of(const int16_t* pcm, size_t samples);

// (samples,) int16.
Level level_of(const int16_t* pcm, size_t samples);

}  // namespace kefu
