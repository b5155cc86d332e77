#include "polyphase_filter.h"

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <numeric>
#include <string>

#include "argument.h"
#include "equiripple.h"

namespace kefu {
namespace {

constexpr std::array<int64_t, 6> kRates = {8000, 12000, 16000, 24000, 32000, 48000};

// Of the lower rate's half: 3.4 and 4 kHz for 8 kHz.
constexpr double kPass = 0.85;
constexpr double kStop = 1.0;
// Samples of the lower rate: the least that gives 80 dB and 0.05 dB with those edges.
constexpr size_t kDelay = 23;
constexpr double kStopWeight = 64.0;

size_t ceil_div(size_t a, size_t b) { return (a + b - 1) / b; }

size_t rate_index(int64_t rate_hz, const char* name) {
  const auto* const found = std::find(kRates.begin(), kRates.end(), rate_hz);
  if (found != kRates.end()) return static_cast<size_t>(found - kRates.begin());
  std::string expected;
  for (const int64_t rate : kRates) {
    expected += (expected.empty() ? "" : ", ") + std::to_string(rate);
  }
  refuse(name, rate_hz, "one of " + expected);
}

void add_phase(PolyphaseFilter& filter, const std::vector<double>& lowpass, size_t phase) {
  const auto down = static_cast<int64_t>(filter.down);
  const auto newest = static_cast<int64_t>(phase * filter.down / filter.up);
  const size_t first = filter.taps.size();
  for (size_t at = phase * filter.down % filter.up; at < lowpass.size(); at += filter.up) {
    const int64_t input = newest - static_cast<int64_t>(at / filter.up);
    const int64_t plane = (input % down + down) % down;
    const int64_t group = (input - plane) / down + static_cast<int64_t>(filter.history);
    filter.taps.push_back(static_cast<float>(lowpass[at] * static_cast<double>(filter.up)));
    filter.places.push_back(
        static_cast<int32_t>(plane * static_cast<int64_t>(filter.stride) + group));
  }
  filter.phases.push_back({first, filter.taps.size() - first});
}

std::unique_ptr<const PolyphaseFilter> build(int64_t from_hz, int64_t to_hz) {
  auto filter = std::make_unique<PolyphaseFilter>();
  if (from_hz == to_hz) return filter;
  const int64_t common = std::gcd(from_hz, to_hz);
  filter->up = static_cast<size_t>(to_hz / common);
  filter->down = static_cast<size_t>(from_hz / common);
  const size_t per_lower = std::max(filter->up, filter->down);  // grid points a lower sample
  filter->delay = ceil_div(kDelay * per_lower, filter->down);
  const double half_band = 0.5 / static_cast<double>(per_lower);
  const std::vector<double> lowpass = equiripple_lowpass(
      filter->delay * filter->down, kPass * half_band, kStop * half_band, kStopWeight);
  filter->history = ceil_div(ceil_div(lowpass.size(), filter->up) - 1, filter->down);
  filter->stride = filter->history + PolyphaseFilter::kBlock + PolyphaseFilter::kLanes;
  for (size_t phase = 0; phase < filter->up; ++phase) add_phase(*filter, lowpass, phase);
  return filter;
}

}  // namespace

const PolyphaseFilter& polyphase_filter(int64_t from_hz, int64_t to_hz) {
  static std::mutex mutex;
  static std::array<std::unique_ptr<const PolyphaseFilter>, kRates.size() * kRates.size()> built;
  const size_t from = rate_index(from_hz, "from_hz");
  const size_t to = rate_index(to_hz, "to_hz");
  const std::lock_guard<std::mutex> held(mutex);
  auto& filter = built[from * kRates.size() + to];
  if (!filter) filter = build(from_hz, to_hz);
  return *filter;
}

}  // namespace kefu
