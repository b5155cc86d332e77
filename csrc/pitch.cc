// Versions, naive to fast, for a frame of 160 samples at 4 kHz (lags 0 to 63):
// 1. A sum for each lag, one product after the other: each waits for the addition before it.
// 2. Two Fourier transforms of 512 points, as numpy has it: fewer products, but a transform as
// short
//    as this spends its time on moving numbers, and most of the lags that come out are not read.
// 3. Here: a sample is spread over eight lanes and meets eight consecutive lags at once; eight such
//    sums run side by side, so that no addition waits, nothing is added across lanes, and the zeros
//    behind the frame's end stand for every lag's own limit. The eight are a pack, not a loop: a
//    loop keeps GCC from making eight fused products one. Without AVX four pairs of halves at a
//    time.
// Peaks are compared at their tops, which lie between the lags: compared at the lags, a long one
// that happens to meet its top beats the period that falls between two, and a quarter of the
// frames of a telephone voice come out at a half or a third of their pitch.
#include "pitch.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <type_traits>
#include <utility>

#include "argument.h"

namespace kefu {
namespace {

constexpr size_t kLanes = 8;
// Eights of lags that one pass over the frame meets: as many as sixteen registers hold.
template <typename V>
constexpr size_t kBlock = std::is_same_v<V, Halves> ? 4 : 8;
constexpr double kLeastOwn = 1e-6;
constexpr double kPi = 3.14159265358979323846;
constexpr size_t kTaps = 16;    // of the interpolation, half of them on each side
constexpr size_t kPhases = 64;  // places between two lags
constexpr size_t kNear = 8;     // phases: an eighth of a lag about the top

// The paper's sine over its argument, faded out by a raised cosine: what each of kTaps lags, half
// of them below, gives to a place between two.
struct Between {
  std::array<float, (kPhases + 1) * kTaps> weights;

  Between() {
    for (size_t i = 0; i < weights.size(); ++i) {
      const double away = static_cast<double>(i / kTaps) / double{kPhases} +
                          static_cast<double>(kTaps / 2 - 1) - static_cast<double>(i % kTaps);
      const double sinc = away == 0.0 ? 1.0 : std::sin(kPi * away) / (kPi * away);
      const double fade = 0.5 + 0.5 * std::cos(kPi * away / (double{kTaps} / 2.0 + 1.0));
      weights[i] = static_cast<float>(sinc * fade);
    }
  }

  // ratio: of each lag. place: in lags, times kPhases.
  float at(const float* ratio, size_t place) const {
    const float* const taps = ratio + place / kPhases - (kTaps / 2 - 1);
    const float* const own = weights.data() + place % kPhases * kTaps;
    return sum(load<Halves>(taps) * load<Halves>(own) +
               load<Halves>(taps + kLanes) * load<Halves>(own + kLanes));
  }
};

const Between& between() {
  static const Between all;
  return all;
}

size_t whole(size_t count) { return (count + kLanes - 1) / kLanes * kLanes; }

// The frame without its mean, times the window; returns its energy.
template <typename V, bool fused>
KEFU_INLINE float centre(const float* frame, const float* window, size_t samples, float* out) {
  V total = all<V>(0.0F);
  const size_t eights = samples / kLanes * kLanes;
  for (size_t i = 0; i < eights; i += kLanes) total = total + load<V>(frame + i);
  float mean = sum(total);
  for (size_t i = eights; i < samples; ++i) mean += frame[i];
  mean /= static_cast<float>(samples);
  V energy = all<V>(0.0F);
  for (size_t i = 0; i < eights; i += kLanes) {
    const V value = (load<V>(frame + i) - all<V>(mean)) * load<V>(window + i);
    store(out + i, value);
    energy = fma8<fused>(value, value, energy);
  }
  float rest = 0.0F;
  for (size_t i = eights; i < samples; ++i) {
    out[i] = (frame[i] - mean) * window[i];
    rest += out[i] * out[i];
  }
  return sum(energy) + rest;
}

// correlation[i] = sum of x[n] x[n + first_lag + i]; x is zero behind its samples.
template <typename V, bool fused, size_t... k>
KEFU_INLINE void meet(const float* x, size_t samples, size_t first_lag, float* correlation,
                      std::index_sequence<k...>) {
  V sums[sizeof...(k)] = {};
  const size_t end = samples > first_lag ? samples - first_lag : 0;
  for (size_t i = 0; i < end; ++i) {
    const V spread = all<V>(x[i]);
    const float* const later = x + i + first_lag;
    ((sums[k] = fma8<fused>(spread, load<V>(later + k * kLanes), sums[k])), ...);
  }
  (store(correlation + k * kLanes, sums[k]), ...);
}

// ratio[i]: normalised autocorrelation at lag first_lag + i. False where the frame has no energy.
template <typename V, bool fused>
KEFU_INLINE bool normalised(const float* frame, const float* window, const float* per_own,
                            size_t samples, size_t first_lag, size_t eights, float* windowed,
                            float* ratio) {
  const float energy = centre<V, fused>(frame, window, samples, windowed);
  if (!(energy > 0.0F)) return false;
  constexpr size_t block = kBlock<V>;
  size_t k = 0;
  for (; k + block <= eights; k += block) {
    meet<V, fused>(windowed, samples, first_lag + k * kLanes, ratio + k * kLanes,
                   std::make_index_sequence<block>{});
  }
  for (; k < eights; ++k) {
    meet<V, fused>(windowed, samples, first_lag + k * kLanes, ratio + k * kLanes,
                   std::make_index_sequence<1>{});
  }
  const V per_energy = all<V>(1.0F / energy);
  for (size_t i = 0; i < eights * kLanes; i += kLanes) {
    store(ratio + i, load<V>(ratio + i) * per_energy * load<V>(per_own + i));
  }
  return true;
}

KEFU_AVX2 bool normalised_avx2(const float* frame, const float* window, const float* per_own,
                               size_t samples, size_t first_lag, size_t eights, float* windowed,
                               float* ratio) {
  return normalised<F8, true>(frame, window, per_own, samples, first_lag, eights, windowed, ratio);
}

bool normalised_portable(const float* frame, const float* window, const float* per_own,
                         size_t samples, size_t first_lag, size_t eights, float* windowed,
                         float* ratio) {
  return normalised<Halves, kPortableFused>(frame, window, per_own, samples, first_lag, eights,
                                            windowed, ratio);
}

void require(bool holds, const char* name, double got, const char* expected) {
  if (!holds) refuse(name, got, expected);
}

}  // namespace

Pitch::Pitch(int64_t rate_hz, size_t samples, const PitchRule& rule, Path path)
    : rule_(rule), path_(path), rate_hz_(static_cast<double>(rate_hz)), samples_(samples) {
  require(rate_hz >= 1000 && rate_hz <= 48'000, "rate_hz", rate_hz_, "1000 to 48000");
  require(samples >= 16 && samples <= 4096, "samples", static_cast<double>(samples), "16 to 4096");
  require(rule.lowest_hz >= 20.0, "lowest_hz", rule.lowest_hz, "20 or more");
  require(rule.highest_hz > rule.lowest_hz && rule.highest_hz <= rate_hz_ / 8.0, "highest_hz",
          rule.highest_hz, "more than lowest_hz, at most an eighth of the rate");
  require(rule.voiced > 0.0 && rule.voiced < 1.0, "voiced", rule.voiced, "between 0 and 1");
  require(rule.octave_cost >= 0.0 && rule.octave_cost <= 1.0, "octave_cost", rule.octave_cost,
          "0 to 1");
  shortest_ = static_cast<size_t>(rate_hz_ / rule.highest_hz);
  longest_ = static_cast<size_t>(std::ceil(rate_hz_ / rule.lowest_hz));
  require(samples >= 2 * (longest_ - 1), "samples", static_cast<double>(samples),
          "at least two periods of lowest_hz");
  first_lag_ = shortest_ - kTaps / 2;
  const size_t lags = whole(longest_ + kTaps / 2 + 1 - first_lag_);
  window_.resize(samples);
  for (size_t i = 0; i < samples; ++i) {
    const double turn = static_cast<double>(i + 1) / static_cast<double>(samples + 1);
    window_[i] = static_cast<float>(0.5 - 0.5 * std::cos(2.0 * kPi * turn));
  }
  const auto own = [this](size_t lag) {
    double total = 0.0;
    for (size_t i = 0; i + lag < samples_; ++i) {
      total += static_cast<double>(window_[i]) * static_cast<double>(window_[i + lag]);
    }
    return total;
  };
  const double at_zero = own(0);
  per_own_.resize(lags);
  for (size_t i = 0; i < lags; ++i) {
    per_own_[i] = static_cast<float>(1.0 / std::max(own(first_lag_ + i) / at_zero, kLeastOwn));
  }
  for (size_t lag = shortest_; lag <= longest_; ++lag) {
    cost_.push_back(static_cast<float>(rule.octave_cost * std::log2(static_cast<double>(lag))));
  }
  windowed_.resize(samples + first_lag_ + lags + kLanes);
  correlation_.resize(lags);
}

double Pitch::find(const float* frame) {
  const auto run = path_ == Path::kPortable ? normalised_portable : normalised_avx2;
  const bool sounds = run(frame, window_.data(), per_own_.data(), samples_, first_lag_,
                          correlation_.size() / kLanes, windowed_.data(), correlation_.data());
  return sounds ? peak(correlation_.data()) : 0.0;
}

double Pitch::peak(const float* ratio) const {
  const Between& table = between();
  float strength = -9.0F;
  float height = 0.0F;
  size_t best = 0;  // in phases of lags, from the first that is computed
  for (size_t lag = shortest_; lag <= longest_; ++lag) {
    const size_t i = lag - first_lag_;
    if (ratio[i] < ratio[i - 1] || !(ratio[i] > ratio[i + 1])) continue;
    const float bend = 2.0F * ratio[i] - ratio[i - 1] - ratio[i + 1];
    const float shift = 0.5F * (ratio[i + 1] - ratio[i - 1]) / bend;
    // From 0.5 to 1.5, so that a whole number of phases is the nearest.
    const float turned = std::clamp(shift, -0.5F, 0.5F) + 1.0F;
    const size_t place = (i - 1) * kPhases + static_cast<size_t>(turned * float{kPhases} + 0.5F);
    const float top = table.at(ratio, place);
    if (top - cost_[lag - shortest_] <= strength) continue;
    strength = top - cost_[lag - shortest_];
    height = top;
    best = place;
  }
  if (!(static_cast<double>(height) > rule_.voiced)) return 0.0;
  // A parabola through three places near the top.
  const auto before = static_cast<double>(table.at(ratio, best - kNear));
  const auto behind = static_cast<double>(table.at(ratio, best + kNear));
  const double bend = 2.0 * static_cast<double>(height) - before - behind;
  const double shift = bend > 0.0 ? std::clamp(0.5 * (behind - before) / bend, -1.0, 1.0) : 0.0;
  const double lag = static_cast<double>(first_lag_) +
                     (static_cast<double>(best) + shift * double{kNear}) / double{kPhases};
  return rate_hz_ / lag;
}

}  // namespace kefu
