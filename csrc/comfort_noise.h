// Comfort noise after RFC 3389: noise of a given level, shaped by an all-pole filter that is given
// as reflection coefficients. The caller hears it while nobody speaks, and knows that the line
// stands.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace kefu {

// Takes no memory but its own. Not thread-safe.
class ComfortNoise {
 public:
  static constexpr size_t kOrder = 4;
  // Of a quiet room with a telephone in it (Hoth's spectrum falls by 5 dB an octave).
  static constexpr std::array<double, kOrder> kRoom = {-0.72, 0.12, 0.06, 0.03};

  // level_dbfs: RMS in dB of full scale, -96 to 0. reflections: each within (-1, 1), RFC 3389's
  // k[i]. Equal seeds give equal noise. Throws std::invalid_argument.
  ComfortNoise(double level_dbfs, uint64_t seed,
               const std::array<double, kOrder>& reflections = kRoom);

  // Writes the next (samples,).
  void fill(int16_t* pcm, size_t samples);

 private:
  double excitation();

  std::array<double, kOrder> reflections_;
  std::array<double, kOrder> backward_{};  // the lattice's state
  double gain_;
  uint64_t random_;
};

}  // namespace kefu
