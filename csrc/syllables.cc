// Versions, naive to fast:
// 1. Convolve, decibels, quantile by sorting, gaps between loud blocks, then peaks: a pass each.
// 2. Here: the same passes over memory that is taken once; the quantile by selection, which does
//    not order what it does not need. Decibels take most of the time.
#include "syllables.h"

#include <cmath>

#include "argument.h"

namespace kefu {
namespace {

constexpr double kSilence = 2.5118864315095823e-10;  // -96 dBFS
constexpr double kBlockS = 0.01;
constexpr size_t kFrameBlocks = 2;

bool voiced_at(size_t block, const uint8_t* voiced, size_t frames) {
  const size_t frame = block / kFrameBlocks;
  const size_t first = frame < 2 ? 0 : frame - 2;
  for (size_t i = first; i < frames && i < frame + 2; ++i) {
    if (voiced[i] != 0) return true;
  }
  return false;
}

}  // namespace

Syllables::Syllables(size_t most_blocks) : level_(most_blocks), quantiles_(most_blocks) {}

double Syllables::per_second(const double* power, size_t blocks, const uint8_t* voiced,
                             size_t frames) {
  if (blocks > level_.size()) {
    refuse("blocks", blocks, "at most " + std::to_string(level_.size()));
  }
  if (blocks == 0) return 0.0;
  smooth(power, blocks);
  const double loud = quantiles_.of(level_.data(), blocks, 0.99) - kBelowLoudestDb;
  double floor = 0.0;
  size_t spoken = 1;
  size_t last = blocks;
  for (size_t i = 0; i < blocks; ++i) {
    if (!(level_[i] > loud)) continue;
    if (last == blocks) {
      floor = level_[i];
    } else if (i - last < kPauseBlocks) {
      spoken += i - last;
    }
    floor = std::min(floor, level_[i]);
    last = i;
  }
  return static_cast<double>(nuclei(blocks, floor, voiced, frames)) /
         (static_cast<double>(spoken) * kBlockS);
}

// Decibels of the mean of five blocks about each, silence before the first and behind the last.
void Syllables::smooth(const double* power, size_t blocks) {
  constexpr size_t reach = kSmoothBlocks / 2;
  for (size_t i = 0; i < blocks; ++i) {
    double total = 0.0;
    for (size_t j = i < reach ? 0 : i - reach; j < blocks && j <= i + reach; ++j) total += power[j];
    level_[i] = 10.0 * std::log10(std::max(total / double{kSmoothBlocks}, kSilence));
  }
}

size_t Syllables::nuclei(size_t blocks, double floor, const uint8_t* voiced, size_t frames) const {
  size_t found = 0;
  size_t top = 0;
  size_t bottom = 0;
  bool rising = true;
  for (size_t i = 0; i < blocks; ++i) {
    const double level = level_[i];
    if (rising) {
      if (level > level_[top]) {
        top = i;
      } else if (level < level_[top] - kDipDb) {
        if (level_[top] > floor && voiced_at(top, voiced, frames)) ++found;
        rising = false;
        bottom = i;
      }
    } else if (level < level_[bottom]) {
      bottom = i;
    } else if (level > level_[bottom] + kDipDb) {
      rising = true;
      top = i;
    }
  }
  return found;
}

}  // namespace kefu
