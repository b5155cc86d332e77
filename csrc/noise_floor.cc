// A few operations each 20 ms; the sum of squares is what costs, and that is in integers.
#include "noise_floor.h"

#include <algorithm>
#include <cmath>

#include "codec.h"
#include "level_meter.h"

namespace kefu {
namespace {

constexpr int kBlockMs = 20;
// The least of 2 s of white noise, 160 independent samples in each 20 ms, lies 0.35 dB below its
// mean; a room's noise, with fewer, 1 dB.
constexpr double kMinimumBias = 1.15;

}  // namespace

NoiseFloor::NoiseFloor(int rate_hz)
    : block_samples_(static_cast<size_t>(checked_line_rate(rate_hz) / 1000 * kBlockMs)) {}

void NoiseFloor::push(const int16_t* pcm, size_t samples) {
  while (samples > 0) {
    const size_t count = std::min(samples, block_samples_ - filled_);
    energy_ += energy_of(pcm, count);
    filled_ += count;
    pcm += count;
    samples -= count;
    if (filled_ == block_samples_) {
      add(static_cast<double>(energy_) / static_cast<double>(block_samples_));
      energy_ = 0;
      filled_ = 0;
    }
  }
}

void NoiseFloor::add(double power) {
  powers_[power_at_] = power;
  power_at_ = (power_at_ + 1) % kMeanBlocks;
  power_count_ = std::min(power_count_ + 1, kMeanBlocks);
  double mean = 0.0;
  for (size_t i = 0; i < power_count_; ++i) mean += powers_[i];
  mean /= static_cast<double>(power_count_);
  if (parts_ == 0 || blocks_ == kPartBlocks) {
    newest_ = (newest_ + 1) % kParts;
    parts_ = std::min(parts_ + 1, kParts);
    least_[newest_] = mean;
    blocks_ = 0;
  }
  least_[newest_] = std::min(least_[newest_], mean);
  ++blocks_;
}

double NoiseFloor::dbfs() const {
  if (parts_ == 0) return kSilentDbfs;
  double least = least_[newest_];
  for (size_t i = 1; i < parts_; ++i) {
    least = std::min(least, least_[(newest_ + kParts - i) % kParts]);
  }
  return power_dbfs(least * kMinimumBias / kFullPower);
}

}  // namespace kefu
