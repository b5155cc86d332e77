// 1. Cross-correlation by FFT over the longest delay at 8 kHz, twice 4096 points and one back: what
//    a numpy version of this did at each window. About 70 us.
// 2. The same sums without FFT at 8 kHz, eight delays at once: 512 x 3500 products, 60 us.
// 3. Found at 4 kHz, then measured at 8: a quarter of the products. But an s or sh has its power
//    above 2 kHz, and its echo was not found.
// 4. At each delay every fourth product only, which aliases theirs and ours alike; the best delay
// is
//    then measured with all of them. 27 us. Our energies at each delay are differences of sums that
//    go on from call to call, so they cost one addition a sample.
// 5. Each product loads its own samples: kept from delay to delay, as the compiler likes to, they
//    fill all registers, and sums lie in memory. 20 us. (Here.) Without AVX, over F8, 88 us; over
//    Halves, four of them a pass: 47 us, bound by additions and products, which arm64 does in one.
// And nothing of it where levels alone decide: most of the time on a line without a loud echo.
#include "echo.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

namespace kefu {
namespace {

constexpr int kRateHz = 8000;
constexpr size_t kBlock = 160;   // 20 ms at 8 kHz
constexpr size_t kLevel = 160;   // the level of what came is over 20 ms
constexpr size_t kFitted = 512;  // a copy of our voice is fitted to 64 ms
constexpr size_t kFits = 6;      // the fit is averaged over 120 ms
constexpr size_t kSparse = 4;    // of so many products one is made while searching
constexpr size_t kLanes = 8;
constexpr size_t kStep = 64;         // delays come in so many
constexpr size_t kBurst = 200 * 8;   // what came together may be so old
constexpr double kSilent = 2.5e-10;  // -96 dB of full scale
constexpr double kLeastRest = 1e-3;  // of a fit
constexpr float kLeastEnergy = 2.5e-7F;
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
  Halves total = all<Halves>(0.0F);
  for (size_t i = 0; i < count; i += kLanes) {
    const auto some = load<Halves>(samples + i);
    total = total + some * some;
  }
  return static_cast<double>(sum(total));
}

struct Found {
  float explained;
  size_t place;
};

// The place p at which (sum over i of theirs[i] * ours[p + 4 i])^2 / the energy of these ours is
// largest: there a copy of ours takes most power away.
// A pack of sums, not a loop over them: that is kept in memory. Eight F8, since a product takes as
// long as eight can be begun; four Halves, since that is what sixteen registers hold.
template <typename V, bool fused, size_t... k>
KEFU_INLINE size_t search(const float* theirs, const float* ours, const double* energies,
                          size_t places, std::index_sequence<k...>) {
  constexpr size_t step = sizeof...(k) * kLanes;
  static_assert(kStep % step == 0);
  Found best{-1.0F, 0};
  for (size_t p = 0; p < places; p += step) {
    V sums[sizeof...(k)] = {};
    for (size_t i = 0; i < kFitted / kSparse; ++i) {
      const V one = all<V>(theirs[i]);
      const float* from = ours + p + kSparse * i;
      // Or the compiler keeps what the next delays load again, in more registers than there are.
      __asm__("" : "+r"(from));
      ((sums[k] = fma8<fused>(one, load<V>(from + k * kLanes), sums[k])), ...);
    }
    float explained[step];
    for (size_t i = 0; i < step; ++i) {
      explained[i] = static_cast<float>(energies[p + i + kFitted] - energies[p + i]) + kLeastEnergy;
    }
    V most = all<V>(-1.0F);
    ((sums[k] = sums[k] * sums[k] / load<V>(explained + k * kLanes), most = larger(sums[k], most),
      store(explained + k * kLanes, sums[k])),
     ...);
    const float here = largest(most);
    if (!(here > best.explained)) continue;
    best = {here,
            p + static_cast<size_t>(std::max_element(explained, explained + step) - explained)};
  }
  return best.place;
}

KEFU_AVX2 size_t search_avx2(const float* theirs, const float* ours, const double* energies,
                             size_t places) {
  return search<F8, true>(theirs, ours, energies, places, std::make_index_sequence<8>{});
}

size_t search_portable(const float* theirs, const float* ours, const double* energies,
                       size_t places) {
  return search<Halves, kPortableFused>(theirs, ours, energies, places,
                                        std::make_index_sequence<4>{});
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
      wide_(kBlock * factor_),
      block_(kBlock + 1),
      ours_(in_steps(most_span_ + 1) + kFitted),
      energies_(ours_.kept() + kSparse),
      theirs_(kFitted),
      powers_(2 + most_span_ / kBlock),
      fits_(kFits),
      sparse_(kFitted / kSparse),
      quiet_(ours_.kept() + kFitted) {}

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
  while (samples > 0 && quiet_ < ours_.kept() + kFitted) {
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
  const double* before = energies_.newest(kSparse);
  double sums[kSparse];
  std::copy_n(before, kSparse, sums);
  double* const energies = energies_.extend(made);
  for (size_t i = 0; i < made; ++i) {
    sums[i % kSparse] += static_cast<double>(block_[i]) * static_cast<double>(block_[i]);
    energies[i] = sums[i % kSparse];
  }
}

double EchoMeter::heard(const int16_t* pcm, size_t samples, size_t untaken) {
  double least = samples > 0 ? 1.0 : 0.0;
  while (samples > 0) {
    const size_t count = std::min(samples, wide_.size());
    for (size_t i = 0; i < count; ++i) wide_[i] = static_cast<float>(pcm[i]) / 32768.0F;
    const size_t made = narrow_theirs_.push(wide_.data(), count, block_.data());
    theirs_.push(block_.data(), made);
    pcm += count;
    samples -= count;
    const size_t later = (std::min(samples, most_span_ * factor_) + untaken) / factor_;
    least = std::min(least, judge(std::min(longest_ + later, most_span_)));
  }
  return least;
}

void EchoMeter::forget_heard() { theirs_.fill(0.0F); }

// The likelihood for the newest 20 ms, echo coming back within `span` samples at 8 kHz.
double EchoMeter::judge(size_t span) {
  double own = begun_power_ / static_cast<double>(kBlock);
  if (quiet_ < ours_.kept() + kFitted) {
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
  const size_t places = in_steps(span + 1);
  const float* const theirs = theirs_.newest(kFitted);
  for (size_t i = 0; i < sparse_.size(); ++i) sparse_[i] = theirs[kSparse * i];
  const float* const ours = ours_.newest(places + kFitted - 1);
  const double* const energies = energies_.newest(places + kFitted - 1 + kSparse);
  const auto search = path_ == Path::kPortable ? search_portable : search_avx2;
  const float* const copied = ours + search(sparse_.data(), ours, energies, places);
  Halves product = all<Halves>(0.0F);
  for (size_t i = 0; i < kFitted; i += kLanes) {
    product = product + load<Halves>(theirs + i) * load<Halves>(copied + i);
  }
  const auto like = static_cast<double>(sum(product));
  const double taken = like * like / (power(copied, kFitted) + 1e-6);
  return std::min(1.0, taken / (power(theirs, kFitted) + 1e-9));
}

}  // namespace kefu
