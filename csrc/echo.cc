// 1. Cross-correlation by FFT over the longest delay at 8 kHz, twice 4096 points and one back: what
//    a numpy version of this did at each window. About 70 us.
// 2. The same sums without FFT at 8 kHz, eight delays at once: 512 x 3500 products, 60 us.
// 3. Found at 4 kHz, where voice has nearly all its power, a quarter of the products; the best
//    delay is then measured at 8 kHz, a sample around it. (Here.) Our energies at each delay are
//    differences of a sum that goes on from call to call, so they cost one addition a sample.
// And nothing of it where levels alone decide: most of the time on a line without a loud echo.
#include "echo.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace kefu {
namespace {

constexpr int kRateHz = 8000;
constexpr size_t kBlock = 160;       // 20 ms at 8 kHz
constexpr size_t kLevel = 256;       // the level of what came is over 32 ms
constexpr size_t kFitted = 512;      // a copy of our voice is fitted to 64 ms
constexpr size_t kFits = 6;          // the fit is averaged over 120 ms
constexpr size_t kAround = 3;        // samples at 8 kHz around what was found at 4 kHz
constexpr size_t kStep = 64;         // delays at once
constexpr size_t kBurst = 200 * 8;   // what came together may be so old
constexpr double kSilent = 2.5e-10;  // -96 dB of full scale
constexpr double kLeastRest = 1e-3;  // of a fit
constexpr int kLongestDelayMs = 2000;

size_t checked_factor(int rate_hz) {
  if (rate_hz != 8000 && rate_hz != 16000 && rate_hz != 24000) {
    throw std::invalid_argument("rate_hz: got " + std::to_string(rate_hz) +
                                ", expected 8000, 16000 or 24000");
  }
  return static_cast<size_t>(rate_hz / kRateHz);
}

size_t checked_delay(int longest_delay_ms) {
  if (longest_delay_ms < 0 || longest_delay_ms > kLongestDelayMs) {
    throw std::invalid_argument("longest_delay_ms: got " + std::to_string(longest_delay_ms) +
                                ", expected 0 to " + std::to_string(kLongestDelayMs));
  }
  return static_cast<size_t>(longest_delay_ms) * kRateHz / 1000;
}

double checked_below(double below_db) {
  if (!(below_db >= 0.0 && below_db <= 60.0)) {
    throw std::invalid_argument("below_db: got " + std::to_string(below_db) + ", expected 0 to 60");
  }
  return std::pow(10.0, -below_db / 10.0);
}

size_t in_steps(size_t delays) { return (delays + kStep - 1) / kStep * kStep; }

double power(const float* samples, size_t count) {
  F8 total = all8(0.0F);
  for (size_t i = 0; i < count; i += 8) {
    const F8 some = load8(samples + i);
    total += some * some;
  }
  return static_cast<double>(sum(total));
}

// likeness[p] = sum over i of theirs[i] * ours[p + i]. Sums by name: an array of them is kept in
// memory. Eight, since a product takes as long as eight can be begun.
template <bool fused>
KEFU_INLINE void correlate(const float* theirs, size_t count, const float* ours, size_t places,
                           float* likeness) {
  for (size_t p = 0; p < places; p += kStep) {
    F8 a = all8(0.0F);
    F8 b = a, c = a, d = a, e = a, f = a, g = a, h = a;
    for (size_t i = 0; i < count; ++i) {
      const F8 one = all8(theirs[i]);
      const float* const from = ours + p + i;
      a = fma8<fused>(one, load8(from), a);
      b = fma8<fused>(one, load8(from + 8), b);
      c = fma8<fused>(one, load8(from + 16), c);
      d = fma8<fused>(one, load8(from + 24), d);
      e = fma8<fused>(one, load8(from + 32), e);
      f = fma8<fused>(one, load8(from + 40), f);
      g = fma8<fused>(one, load8(from + 48), g);
      h = fma8<fused>(one, load8(from + 56), h);
    }
    float* const to = likeness + p;
    store8(to, a);
    store8(to + 8, b);
    store8(to + 16, c);
    store8(to + 24, d);
    store8(to + 32, e);
    store8(to + 40, f);
    store8(to + 48, g);
    store8(to + 56, h);
  }
}

KEFU_AVX2 void correlate_avx2(const float* theirs, size_t count, const float* ours, size_t places,
                              float* likeness) {
  correlate<true>(theirs, count, ours, places, likeness);
}

void correlate_portable(const float* theirs, size_t count, const float* ours, size_t places,
                        float* likeness) {
  correlate<false>(theirs, count, ours, places, likeness);
}

// The place at which ours explains most: likeness squared over its own energy.
size_t best_place(const float* likeness, const double* energies, size_t count, size_t places) {
  size_t best = 0;
  double most = -1.0;
  for (size_t p = 0; p < places; ++p) {
    const auto like = static_cast<double>(likeness[p]);
    const double energy = energies[p + count] - energies[p] + 1e-6;
    if (like * like > most * energy) {
      most = like * like / energy;
      best = p;
    }
  }
  return best;
}

}  // namespace

EchoMeter::EchoMeter(int rate_hz, const EchoSettings& settings, Path path)
    : factor_(checked_factor(rate_hz)),
      longest_(checked_delay(settings.longest_delay_ms)),
      below_(checked_below(settings.below_db)),
      path_(path),
      most_span_(longest_ + kBurst + kMostUntakenMs * kRateHz / 1000),
      narrow_ours_(factor_, kBlock * factor_),
      narrow_theirs_(factor_, kBlock * factor_),
      halve_ours_(2, kBlock + 1),
      halve_theirs_(2, kBlock + 1),
      wide_(kBlock * factor_),
      block_(kBlock + 1),
      ours_(most_span_ + kFitted + kStep * 2 + kAround),
      ours_4k_(in_steps(most_span_ / 2 + 1) + kFitted / 2),
      energies_4k_(ours_4k_.kept() + 1),
      theirs_(kFitted),
      theirs_4k_(kFitted / 2),
      powers_(2 + most_span_ / kBlock),
      fits_(kFits),
      likeness_(in_steps(most_span_ / 2 + 1)),
      quiet_(ours_.kept()) {}

void EchoMeter::played(const int16_t* pcm, size_t samples) {
  while (samples > 0) {
    const size_t count = std::min(samples, wide_.size());
    if (std::all_of(pcm, pcm + count, [](int16_t sample) { return sample == 0; })) {
      played_silence(count);
    } else {
      quiet_ = 0;
      for (size_t i = 0; i < count; ++i) wide_[i] = static_cast<float>(pcm[i]) / 32768.0F;
      sounded(count);
    }
    pcm += count;
    samples -= count;
  }
}

void EchoMeter::played_silence(size_t samples) {
  while (samples > 0 && quiet_ < ours_.kept()) {
    const size_t count = std::min(samples, wide_.size());
    std::fill_n(wide_.begin(), count, 0.0F);
    sounded(count);
    quiet_ += count / factor_;
    samples -= count;
  }
}

void EchoMeter::sounded(size_t samples) {
  const size_t made = narrow_ours_.push(wide_.data(), samples, block_.data());
  ours_.push(block_.data(), made);
  for (size_t i = 0; i < made; ++i) {
    begun_power_ += static_cast<double>(block_[i]) * static_cast<double>(block_[i]);
    if (++begun_ == kBlock) {
      const double whole = begun_power_ / static_cast<double>(kBlock);
      powers_.push(&whole, 1);
      begun_power_ = 0.0;
      begun_ = 0;
    }
  }
  float* const halves = likeness_.data();  // free until the next fit
  const size_t halved = halve_ours_.push(block_.data(), made, halves);
  ours_4k_.push(halves, halved);
  double energy = *energies_4k_.newest(1);
  double* const energies = energies_4k_.extend(halved);
  for (size_t i = 0; i < halved; ++i) {
    energy += static_cast<double>(halves[i]) * static_cast<double>(halves[i]);
    energies[i] = energy;
  }
}

double EchoMeter::heard(const int16_t* pcm, size_t samples, size_t untaken) {
  double least = samples > 0 ? 1.0 : 0.0;
  while (samples > 0) {
    const size_t count = std::min(samples, wide_.size());
    for (size_t i = 0; i < count; ++i) wide_[i] = static_cast<float>(pcm[i]) / 32768.0F;
    const size_t made = narrow_theirs_.push(wide_.data(), count, block_.data());
    theirs_.push(block_.data(), made);
    float* const halves = likeness_.data();
    theirs_4k_.push(halves, halve_theirs_.push(block_.data(), made, halves));
    pcm += count;
    samples -= count;
    const size_t later = (std::min(samples, most_span_ * factor_) + untaken) / factor_;
    least = std::min(least, judge(std::min(longest_ + later, most_span_)));
  }
  return least;
}

void EchoMeter::forget_heard() {
  theirs_.fill(0.0F);
  theirs_4k_.fill(0.0F);
}

// The likelihood for the newest 20 ms, echo coming back within `span` samples at 8 kHz.
double EchoMeter::judge(size_t span) {
  double own = begun_power_ / static_cast<double>(kBlock);
  if (quiet_ < ours_.kept()) {
    const size_t blocks = std::min(powers_.kept(), 1 + (span + kBlock - 1) / kBlock);
    const double* const powers = powers_.newest(blocks);
    own = std::max(own, *std::max_element(powers, powers + blocks));
  }
  if (own <= kSilent) {
    fits_.fill(0.0);
    return 0.0;
  }
  const double level = power(theirs_.newest(kLevel), kLevel) / static_cast<double>(kLevel);
  if (level < own * below_) return 1.0;
  const double taken = fit(span);
  fits_.push(&taken, 1);
  if (level * std::max(1.0 - taken, kLeastRest) < own * below_) return 1.0;
  const double* const fits = fits_.newest(kFits);
  double total = 0.0;
  for (size_t i = 0; i < kFits; ++i) total += fits[i];
  return std::min(total / static_cast<double>(kFits), kMostUnexplained);
}

// How much of the newest 64 ms' power the best delayed copy of our voice takes away, 0 to 1.
double EchoMeter::fit(size_t span) {
  constexpr size_t kHalf = kFitted / 2;
  const size_t places = in_steps(span / 2 + 1);
  const float* const theirs_4k = theirs_4k_.newest(kHalf);
  const float* const ours_4k = ours_4k_.newest(places + kHalf - 1);
  if (path_ == Path::kPortable) {
    correlate_portable(theirs_4k, kHalf, ours_4k, places, likeness_.data());
  } else {
    correlate_avx2(theirs_4k, kHalf, ours_4k, places, likeness_.data());
  }
  const size_t place =
      best_place(likeness_.data(), energies_4k_.newest(places + kHalf), kHalf, places);
  const size_t delay = 2 * (places - 1 - place);
  const float* const theirs = theirs_.newest(kFitted);
  double best = 0.0;
  for (size_t d = delay - std::min(delay, kAround); d <= delay + kAround; ++d) {
    const float* const ours = ours_.newest(kFitted + d);
    F8 product = all8(0.0F);
    for (size_t i = 0; i < kFitted; i += 8) product += load8(theirs + i) * load8(ours + i);
    const auto like = static_cast<double>(sum(product));
    best = std::max(best, like * like / (power(ours, kFitted) + 1e-6));
  }
  return std::min(1.0, best / (power(theirs, kFitted) + 1e-9));
}

}  // namespace kefu
