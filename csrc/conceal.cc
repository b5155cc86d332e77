// Versions, heard on speech with 1 to 5 % of its 20 ms frames gone
// (benchmarks/core_rows/telephony.py):
//
//   1. the last 10 ms to and fro, fading: no jump, but a mirror has neither the pitch nor the phase
//      of a voice, and what follows begins with a step
//   2. the appendix: one, two, three periods, overlapped at every seam. The search for the period
//      at half the rate first, then sample by sample about the best, as the appendix does
#include "conceal.h"

#include <algorithm>
#include <cmath>

#include "codec.h"

namespace kefu {
namespace {

// In samples at 8 kHz, as the appendix has them.
constexpr size_t kShortestPeriod = 40;
constexpr size_t kLongestPeriod = 120;
constexpr size_t kCompared = 160;
constexpr size_t kRemembered = 390;  // three periods and a quarter
constexpr size_t kStep = 2;
constexpr double kLeastEnergy = 250.0 * 80.0;  // in 16-bit units, of the samples compared

constexpr size_t kStageMs = 10;
constexpr double kFadeOfStage = 0.2;
constexpr size_t kLongerOverlapMs = 4;  // for each further stage
constexpr size_t kMostPeriods = 3;

int16_t rounded(double value) {
  return static_cast<int16_t>(std::lround(std::clamp(value, -32768.0, 32767.0)));
}

}  // namespace

Concealer::Concealer(int rate_hz)
    : per_ms_(static_cast<size_t>(checked_line_rate(rate_hz) / 1000)),
      history_(kRemembered * per_ms_ / 8),
      wave_(history_.size()),
      last_(kLongestPeriod * per_ms_ / 8 / 4),
      fading_(last_.size()) {}

void Concealer::remember(const int16_t* pcm, size_t samples) {
  const size_t kept = std::min(samples, history_.size());
  std::move(history_.begin() + static_cast<ptrdiff_t>(kept), history_.end(), history_.begin());
  for (size_t i = 0; i < kept; ++i) {
    history_[history_.size() - kept + i] = static_cast<float>(pcm[samples - kept + i]);
  }
}

void Concealer::received(int16_t* pcm, size_t samples) {
  if (periods_ > 0) {
    const size_t stages = (passed_ - 1) / (kStageMs * per_ms_);
    const size_t overlap =
        std::min({quarter_ + stages * kLongerOverlapMs * per_ms_, kStageMs * per_ms_, samples});
    for (size_t i = 0; i < overlap; ++i) {
      const double real = static_cast<double>(i + 1) / static_cast<double>(overlap + 1);
      pcm[i] = rounded((1.0 - real) * next() + real * pcm[i]);
    }
    periods_ = 0;
  }
  remember(pcm, samples);
}

void Concealer::conceal(int16_t* pcm, size_t samples) {
  if (samples == 0) return;
  if (periods_ == 0) begin_gap();
  for (size_t i = 0; i < samples; ++i) pcm[i] = rounded(next());
  remember(pcm, samples);
}

void Concealer::forget() {
  periods_ = 0;
  std::fill(history_.begin(), history_.end(), 0.0F);
}

void Concealer::begin_gap() {
  period_ = find_period();
  quarter_ = period_ / 4;
  place_ = 0;
  passed_ = 0;
  std::copy(history_.begin(), history_.end(), wave_.begin());
  std::copy(history_.end() - static_cast<ptrdiff_t>(last_.size()), history_.end(), last_.begin());
  // The same wave, moved to where the last sample was: it begins without a step.
  const size_t end = history_.size();
  const float step = history_[end - 1] - history_[end - 1 - period_];
  for (size_t i = 0; i < quarter_; ++i) fading_[i] = history_[end - period_ + i] + step;
  fade_left_ = quarter_;
  lengthen(1);
}

// Repeats so many periods; their last quarter runs over into what lies before their first sample.
void Concealer::lengthen(size_t periods) {
  periods_ = periods;
  const size_t first = wave_.size() - periods * period_;
  for (size_t i = 0; i < quarter_; ++i) {
    const float out = static_cast<float>(i + 1) / static_cast<float>(quarter_ + 1);
    const float last = last_[last_.size() - quarter_ + i];
    wave_[wave_.size() - quarter_ + i] = (1.0F - out) * last + out * wave_[first - quarter_ + i];
  }
}

double Concealer::next_of_wave() {
  const size_t repeated = periods_ * period_;
  const double value = static_cast<double>(wave_[wave_.size() - repeated + place_]);
  place_ = place_ + 1 == repeated ? 0 : place_ + 1;
  return value;
}

double Concealer::next() {
  const size_t stage = kStageMs * per_ms_;
  if (passed_ > 0 && passed_ % stage == 0 && periods_ < kMostPeriods &&
      passed_ / stage == periods_) {
    const size_t place = place_;
    for (size_t i = 0; i < quarter_; ++i) fading_[i] = static_cast<float>(next_of_wave());
    place_ = place % period_;
    lengthen(periods_ + 1);
    fade_left_ = quarter_;
  }
  double value = next_of_wave();
  if (fade_left_ > 0) {
    const double old = static_cast<double>(fade_left_) / static_cast<double>(quarter_ + 1);
    value += old * (static_cast<double>(fading_[quarter_ - fade_left_]) - value);
    --fade_left_;
  }
  const double faded =
      static_cast<double>(passed_) / static_cast<double>(stage) - 1.0;  // stages beyond the first
  ++passed_;
  return value * std::clamp(1.0 - kFadeOfStage * faded, 0.0, 1.0);
}

// Normalised cross-correlation of the last 20 ms with what lies `lag` before them.
double Concealer::likeness(size_t lag, size_t step) const {
  const size_t compared = kCompared * per_ms_ / 8;
  const float* const last = history_.data() + history_.size() - compared;
  double product = 0.0;
  double energy = 0.0;
  for (size_t i = 0; i < compared; i += step) {
    const auto before = static_cast<double>(*(last + i - lag));
    product += before * static_cast<double>(last[i]);
    energy += before * before;
  }
  return product / std::sqrt(std::max(energy, kLeastEnergy));
}

size_t Concealer::find_period() const {
  const size_t shortest = kShortestPeriod * per_ms_ / 8;
  const size_t longest = kLongestPeriod * per_ms_ / 8;
  const size_t step = kStep * per_ms_ / 8;
  size_t best = longest;
  double most = likeness(best, step);
  for (size_t lag = longest - step; lag >= shortest; lag -= step) {
    const double likely = likeness(lag, step);
    if (likely > most) {
      most = likely;
      best = lag;
    }
  }
  const size_t from = std::max(shortest, best - step + 1);
  const size_t to = std::min(longest, best + step - 1);
  most = -1e30;
  for (size_t lag = from; lag <= to; ++lag) {
    const double likely = likeness(lag, 1);
    if (likely > most) {
      most = likely;
      best = lag;
    }
  }
  return best;
}

}  // namespace kefu
