// Syllables as N. H. de Jong and T. Wempe count them, "Praat script to detect syllable nuclei and
// measure speech rate automatically", Behavior Research Methods 41, 2009: voiced peaks of the level
// with a dip before and behind each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "quantile.h"

namespace kefu {

class Syllables {
 public:
  static constexpr double kBelowLoudestDb = 25.0;
  static constexpr double kDipDb = 2.0;
  static constexpr size_t kSmoothBlocks = 5;  // of 10 ms
  static constexpr size_t kPauseBlocks = 30;  // a pause so long is no part of what was said

  // Of at most so many blocks.
  explicit Syllables(size_t most_blocks);

  // power: (blocks,) mean square of each 10 ms, full scale 1. voiced: (frames,) of each 20 ms, from
  // the same start. Returns syllables per second of speech, 0 without a block. Throws
  // std::invalid_argument for more blocks than the most.
  double per_second(const double* power, size_t blocks, const uint8_t* voiced, size_t frames);

 private:
  void smooth(const double* power, size_t blocks);
  size_t nuclei(size_t blocks, double floor, const uint8_t* voiced, size_t frames) const;

  std::vector<double> level_;  // dBFS
  Quantiles quantiles_;
};

}  // namespace kefu
