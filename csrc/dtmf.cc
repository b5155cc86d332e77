// Versions, a call-second at 8 kHz, with all limits (50 frames of 20 ms):
//
//   1. an FFT of each window for sixteen frequencies of it: most of it is thrown away
//   2. sixteen Goertzel filters one after the other, each window from its first sample: every
//      sample is filtered four times, since windows overlap by three quarters
//   3. once each, in blocks of 5 ms whose amplitudes are added with the phase that lies between
//      them; the same phases tell how far a tone is off its nominal frequency
//   4. eight filters side by side in lanes, and none over silence
#include "dtmf.h"

#include <algorithm>
#include <cmath>

#include "codec.h"

namespace kefu {
namespace {

constexpr int kBlockMs = 5;
constexpr int kHitsOfKey = 5;
constexpr int kPureHitsOfKey = 4;
constexpr int kMissesOfCandidate = 5;
constexpr int kMissesOfPause = 8;
constexpr double kLeastLevelDbm0 = -30.0;
constexpr double kMostTwist = 3.55;    // 5.5 dB, upper over lower
constexpr double kLeastTwist = 0.112;  // -9.5 dB
constexpr double kMostOffset = 0.023;
constexpr double kMostOffsetOfWindow = 0.04;
constexpr double kLeastPurity = 0.80;
constexpr double kPure = 0.93;
constexpr double kMostWander = 0.016;
constexpr double kMostTwistChange = 2.0;  // 3 dB
constexpr double kMostHarmonic = 0.10;
constexpr double kMilliwatt = 0.5 * 0.4853;  // power of 0 dBm0: a sine 3.14 dB below full scale

constexpr double kTwoPi = 6.283185307179586;

constexpr std::array<float, 8> kNominal = {697, 770, 852, 941, 1209, 1336, 1477, 1633};
constexpr char kDigits[4][5] = {"123A", "456B", "789C", "*0#D"};

std::array<float, 16> with_harmonics() {
  std::array<float, 16> hz{};
  for (size_t f = 0; f < 8; ++f) {
    hz[f] = kNominal[f];
    hz[f + 8] = 2 * kNominal[f];
  }
  return hz;
}

double nominal_hz(size_t f) { return static_cast<double>(kNominal[f % 8]) * (f < 8 ? 1.0 : 2.0); }

double least_power() { return kMilliwatt * std::pow(10.0, kLeastLevelDbm0 / 10.0); }

}  // namespace

Dtmf::Dtmf(int rate_hz, Path path)
    : rate_hz_(checked_line_rate(rate_hz)),
      path_(path),
      bank_(with_harmonics(), rate_hz),
      gathered_(static_cast<size_t>(rate_hz / 1000 * kBlockMs)) {
  const auto hz = with_harmonics();
  for (size_t f = 0; f < kFrequencies; ++f) {
    const double turn = -2.0 * std::acos(-1.0) * static_cast<double>(hz[f]) * kBlockMs / 1000.0;
    turns_[f] = {static_cast<float>(std::cos(turn)), static_cast<float>(std::sin(turn))};
  }
}

void Dtmf::push(const int16_t* pcm, size_t samples) {
  while (samples > 0) {
    const size_t taken = std::min(samples, gathered_.size() - gathered_count_);
    for (size_t i = 0; i < taken; ++i) {
      gathered_[gathered_count_ + i] = static_cast<float>(pcm[i]) * (1.0F / 32768.0F);
    }
    gathered_count_ += taken;
    samples_ += static_cast<int64_t>(taken);
    pcm += taken;
    samples -= taken;
    if (gathered_count_ == gathered_.size()) block_complete();
  }
}

void Dtmf::skip(size_t samples) {
  samples_ += static_cast<int64_t>(samples);
  // More than what ends a key leaves nothing to remember.
  samples = std::min(samples, gathered_.size() * (kBlocks + kMissesOfPause + 1));
  for (; samples > 0; --samples) {
    gathered_[gathered_count_++] = 0.0F;
    if (gathered_count_ == gathered_.size()) block_complete();
  }
}

bool Dtmf::take(Key* key) {
  if (keys_.empty()) return false;
  *key = keys_.front();
  keys_.pop();
  return true;
}

void Dtmf::block_complete() {
  gathered_count_ = 0;
  newest_ = (newest_ + 1) % kBlocks;
  Block& fresh = blocks_[newest_];
  double energy = 0.0;
  for (const float sample : gathered_) energy += static_cast<double>(sample) * sample;
  fresh.energy = energy;
  // A window with less than a quarter of the least tone in one of its blocks has no key anyway.
  if (energy < least_power() * static_cast<double>(gathered_.size()) / 8) {
    fresh.tones = {};
  } else {
    fresh.tones = bank_.correlate(gathered_.data(), gathered_.size(), path_);
  }
  judge(quiet() ? Hit{} : look());
}

bool Dtmf::quiet() const {
  double energy = 0.0;
  for (const Block& each : blocks_) energy += each.energy;
  return energy < least_power() * static_cast<double>(gathered_.size() * kBlocks);
}

double Dtmf::power(size_t f) const {
  std::complex<float> sum{};
  for (size_t age = 0; age < kBlocks; ++age) {  // Horner: the oldest turns by none
    const Correlations<kFrequencies>& tones = block(age).tones;
    sum = sum * turns_[f] + std::complex<float>(tones.real[f], tones.imaginary[f]);
  }
  const auto samples = static_cast<double>(gathered_.size() * kBlocks);
  return 2.0 * static_cast<double>(std::norm(sum)) / (samples * samples);
}

// Of each block, oldest first, with the phase that a tone of the nominal frequency would give it
// turned back: all of that tone's are equal. (samples of the window)/2 times as large as the tone.
std::array<std::complex<double>, Dtmf::kBlocks> Dtmf::amplitudes(size_t f) const {
  std::array<std::complex<double>, kBlocks> result;
  std::complex<double> turn = 1.0;
  for (size_t k = 0; k < kBlocks; ++k) {
    const Correlations<kFrequencies>& tones = block(kBlocks - 1 - k).tones;
    result[k] = std::complex<double>(tones.real[f], tones.imaginary[f]) * turn;
    turn *= std::complex<double>(turns_[f]);
  }
  return result;
}

Dtmf::Tone Dtmf::measure(size_t f) const {
  const auto each = amplitudes(f);
  // By neighbours without doubt up to 100 Hz, then finer by halves of the window.
  std::complex<double> neighbours{};
  for (size_t k = 1; k < kBlocks; ++k) neighbours += each[k] * std::conj(each[k - 1]);
  const std::complex<double> halves = (each[2] + each[3]) * std::conj(each[0] + each[1]);
  const double coarse = 2.0 * std::arg(neighbours);
  const double a_block = (coarse + std::arg(halves * std::polar(1.0, -coarse))) / 2.0;
  std::complex<double> sum{};
  for (size_t k = 0; k < kBlocks; ++k) {
    sum += each[k] * std::polar(1.0, a_block * (1.5 - static_cast<double>(k)));
  }
  const auto samples = static_cast<double>(gathered_.size() * kBlocks);
  const double inside = a_block / 2.0;  // what is lost within a block
  const double loss = std::abs(inside) < 1e-6 ? 1.0 : std::sin(inside) / inside;
  return {sum * to_centre(nominal_hz(f)) / (samples * loss),
          nominal_hz(f) + a_block / kTwoPi * 1000.0 / kBlockMs};
}

// The blocks' phases are of their last samples; from there to the window's centre.
std::complex<double> Dtmf::to_centre(double hz) const {
  const double from_first = 0.5 * (static_cast<double>(gathered_.size() * kBlocks) - 1.0);
  const double from_last = static_cast<double>(gathered_.size()) - 1.0;
  return std::polar(1.0, kTwoPi * hz / rate_hz_ * (from_first - from_last));
}

// How much of a tone at `hz` is seen by who listens at `nominal` within the blocks and at
// `measured` between them: Dirichlet's kernels of a block, and of the blocks.
double Dtmf::leakage(double hz, double nominal, double measured) const {
  const auto kernel = [](double half, double count) {
    const double sine = std::sin(half);
    return std::abs(sine) < 1e-9 ? 1.0 : std::sin(half * count) / (count * sine);
  };
  const auto samples = static_cast<double>(gathered_.size());
  return kernel(kTwoPi * (hz - nominal) / rate_hz_ / 2.0, samples) *
         kernel(kTwoPi * (hz - measured) * kBlockMs / 1000.0 / 2.0, kBlocks);
}

// Power at a second harmonic, less what the tones themselves leak there.
double Dtmf::harmonic(size_t f, const Tone& lower, const Tone& upper) const {
  std::complex<double> sum{};
  for (const std::complex<double>& each : amplitudes(f)) sum += each;
  const double hz = nominal_hz(f);
  const auto samples = static_cast<double>(gathered_.size() * kBlocks);
  const std::complex<double> seen = sum * to_centre(hz) / samples;
  return 2.0 * std::norm(seen - leakage(lower.hz, hz, hz) * lower.amplitude -
                         leakage(upper.hz, hz, hz) * upper.amplitude);
}

Dtmf::Hit Dtmf::look() const {
  std::array<double, 8> powers{};
  for (size_t f = 0; f < 8; ++f) powers[f] = power(f);
  const auto strongest = [&](size_t first) {
    return static_cast<size_t>(
        std::max_element(powers.begin() + static_cast<ptrdiff_t>(first),
                         powers.begin() + static_cast<ptrdiff_t>(first) + 4) -
        powers.begin());
  };
  const size_t low = strongest(0);
  const size_t high = strongest(4);
  double energy = 0.0;
  for (const Block& each : blocks_) energy += each.energy;
  const double total = energy / static_cast<double>(gathered_.size() * kBlocks);
  if (powers[low] + powers[high] < 0.4 * kLeastPurity * total) return {};
  Tone lower = measure(low);
  Tone upper = measure(high);
  // Each sees a little of the other.
  const double to_lower = leakage(upper.hz, nominal_hz(low), lower.hz);
  const double to_upper = leakage(lower.hz, nominal_hz(high), upper.hz);
  const std::complex<double> seen = lower.amplitude;
  const double alone = 1.0 - to_lower * to_upper;
  lower.amplitude = (lower.amplitude - to_lower * upper.amplitude) / alone;
  upper.amplitude = (upper.amplitude - to_upper * seen) / alone;
  // The energy that they have together in this window, where they do not quite average out.
  const double both = lower.power() + upper.power() +
                      4.0 * leakage(upper.hz, lower.hz, lower.hz) *
                          std::real(lower.amplitude * std::conj(upper.amplitude));
  const double twist = upper.power() / lower.power();
  if (std::min(lower.power(), upper.power()) < least_power()) return {};
  if (twist > kMostTwist || twist < kLeastTwist || both < kLeastPurity * total) return {};
  const double harmonics =
      std::max(harmonic(low + 8, lower, upper), harmonic(high + 8, lower, upper));
  if (harmonics > kMostHarmonic * both) return {};
  const Hit hit{kDigits[low][high - 4],
                {lower.hz / nominal_hz(low) - 1.0, upper.hz / nominal_hz(high) - 1.0},
                twist,
                both / total};
  for (const double offset : hit.offset) {
    if (std::abs(offset) > kMostOffsetOfWindow) return {};
  }
  return hit;
}

void Dtmf::judge(const Hit& hit) {
  if (hit.digit != 0 && hit.digit == down_) {
    down_misses_ = 0;
    candidate_ = {};
    return;
  }
  if (++down_misses_ >= kMissesOfPause) down_ = 0;
  if (hit.digit == 0) {
    if (++candidate_.misses > kMissesOfCandidate) candidate_ = {};
    return;
  }
  if (hit.digit != candidate_.digit) candidate_ = {};
  candidate_.digit = hit.digit;
  candidate_.misses = 0;
  ++candidate_.hits;
  if (hit.purity >= kPure) candidate_.take(hit);
  if (candidate_.hits < kHitsOfKey || candidate_.pure < kPureHitsOfKey) return;
  if (candidate_.steady()) keys_.push({candidate_.digit, samples_});
  down_ = candidate_.digit;
  down_misses_ = 0;
  candidate_ = {};
}

void Dtmf::Candidate::take(const Hit& hit) {
  const auto range = [&](Range& values, double value) {
    values.least = pure == 0 ? value : std::min(values.least, value);
    values.most = pure == 0 ? value : std::max(values.most, value);
    values.sum += value;
  };
  for (size_t tone = 0; tone < 2; ++tone) range(offsets[tone], hit.offset[tone]);
  range(twist, hit.twist);
  ++pure;
}

bool Dtmf::Candidate::steady() const {
  for (const Range& offset : offsets) {
    if (std::abs(offset.sum) > kMostOffset * pure) return false;
    if (offset.most - offset.least > kMostWander) return false;
  }
  return twist.most <= kMostTwistChange * twist.least;
}

}  // namespace kefu
