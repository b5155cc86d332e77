// Versions, a call-second at 8 kHz:
//
//   1. an FFT of every 50 ms and the peaks of it: neighbours of 40 Hz melt into one
//   2. Goertzel at sixteen frequencies in blocks of 25 ms, two of which make a window in which
//      440 and 480 Hz lie two bins apart; side by side in lanes, and none over silence
#include "call_progress.h"

#include <algorithm>
#include <cmath>

#include "codec.h"

namespace kefu {
namespace {

constexpr double kLeastPower = 0.5e-4;  // a sine at -43 dB of full scale
constexpr double kPurity = 0.80;
constexpr double kQuietBelowTone = 0.03;  // 15 dB
constexpr double kMostPairTwist = 4.0;    // 6 dB

enum Place : size_t {
  k350,
  k425,
  k440,
  k450,
  k480,
  k620,
  k1100,
  k2100,
  k914,
  k950,
  k985,
  k1371,
  k1400,
  k1429,
  k1777,
  k1800,
};
constexpr std::array<float, 16> kHz = {350, 425, 440, 450,  480,  620,  1100, 2100,
                                       914, 950, 985, 1371, 1400, 1429, 1777, 1800};

}  // namespace

CallProgress::CallProgress(int rate_hz, Path path)
    : path_(path),
      bank_(kHz, checked_line_rate(rate_hz)),
      gathered_(static_cast<size_t>(rate_hz / 1000 * Cadence::kStepMs)) {
  for (size_t f = 0; f < kFrequencies; ++f) {
    const double turn =
        -2.0 * std::acos(-1.0) * static_cast<double>(kHz[f]) * Cadence::kStepMs / 1000.0;
    turns_[f] = {static_cast<float>(std::cos(turn)), static_cast<float>(std::sin(turn))};
  }
}

void CallProgress::push(const int16_t* pcm, size_t samples) {
  while (samples > 0) {
    const size_t taken = std::min(samples, gathered_.size() - gathered_count_);
    for (size_t i = 0; i < taken; ++i) {
      gathered_[gathered_count_ + i] = static_cast<float>(pcm[i]) * (1.0F / 32768.0F);
    }
    gathered_count_ += taken;
    pcm += taken;
    samples -= taken;
    if (gathered_count_ == gathered_.size()) block_complete();
  }
}

void CallProgress::skip(size_t samples) {
  // No cadence remembers more than half a minute of silence.
  samples = std::min(samples, gathered_.size() * (30'000 / Cadence::kStepMs));
  for (; samples > 0; --samples) {
    gathered_[gathered_count_++] = 0.0F;
    if (gathered_count_ == gathered_.size()) block_complete();
  }
}

Progress CallProgress::take() {
  if (told_.empty()) return Progress::kNone;
  const Progress progress = told_.front();
  told_.pop();
  return progress;
}

void CallProgress::block_complete() {
  gathered_count_ = 0;
  blocks_[0] = blocks_[1];
  Block& fresh = blocks_[1];
  double energy = 0.0;
  for (const float sample : gathered_) energy += static_cast<double>(sample) * sample;
  fresh.power = energy / static_cast<double>(gathered_.size());
  if (fresh.power < kLeastPower * 0.2) {
    fresh.tones = {};
  } else {
    fresh.tones = bank_.correlate(gathered_.data(), gathered_.size(), path_);
  }
  const Progress progress = cadence_.step(look());
  if (progress != Progress::kNone) told_.push(progress);
}

LineTone CallProgress::look() {
  const double total = (blocks_[0].power + blocks_[1].power) / 2;
  if (total < kLeastPower || blocks_[1].power < kQuietBelowTone * tone_power_) {
    return LineTone::kQuiet;
  }
  std::array<double, kFrequencies> power{};
  const auto samples = static_cast<double>(2 * gathered_.size());
  for (size_t f = 0; f < kFrequencies; ++f) {
    const std::complex<float> last(blocks_[0].tones.real[f], blocks_[0].tones.imaginary[f]);
    const std::complex<float> newest(blocks_[1].tones.real[f], blocks_[1].tones.imaginary[f]);
    power[f] =
        2.0 * static_cast<double>(std::norm(last + newest * turns_[f])) / (samples * samples);
  }
  const auto strongest = [&](size_t first, size_t end) {
    return *std::max_element(power.begin() + static_cast<ptrdiff_t>(first),
                             power.begin() + static_cast<ptrdiff_t>(end));
  };
  const auto alone = [&](double one) { return one >= kPurity * total; };
  const auto pair = [&](size_t one, size_t other) {
    const double less = std::min(power[one], power[other]);
    const double more = std::max(power[one], power[other]);
    return less + more >= kPurity * total && more <= kMostPairTwist * less;
  };
  LineTone tone = LineTone::kOther;
  if (pair(k350, k440))
    tone = LineTone::kDialPair;
  else if (pair(k440, k480))
    tone = LineTone::kRingPair;
  else if (pair(k480, k620))
    tone = LineTone::kBusyPair;
  else if (alone(strongest(k425, k480)))
    tone = LineTone::kSingle;
  else if (alone(power[k1100]))
    tone = LineTone::kFaxCalling;
  else if (alone(power[k2100]))
    tone = LineTone::kFaxAnswer;
  else if (alone(strongest(k914, k1371)))
    tone = LineTone::kLow;
  else if (alone(strongest(k1371, k1777)))
    tone = LineTone::kMiddle;
  else if (alone(strongest(k1777, kFrequencies)))
    tone = LineTone::kHigh;
  if (tone != LineTone::kOther) tone_power_ = total;
  return tone;
}

}  // namespace kefu
