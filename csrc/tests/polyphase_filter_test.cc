#include "polyphase_filter.h"

#include <stdexcept>

#include "check.h"

namespace kefu {
namespace {

constexpr int64_t kRates[] = {8000, 12000, 16000, 24000, 32000, 48000};

}  // namespace

KEFU_LONG_CASE(every_pair_has_gain_1_and_delay_under_3_ms) {
  for (const int64_t from : kRates) {
    for (const int64_t to : kRates) {
      if (from == to) continue;
      const PolyphaseFilter& filter = polyphase_filter(from, to);
      KEFU_EQUAL(filter.phases.size(), filter.up);
      KEFU_EQUAL(filter.up * static_cast<size_t>(from), filter.down * static_cast<size_t>(to));
      KEFU_CHECK(static_cast<double>(filter.delay) * 1000.0 / static_cast<double>(to) < 3.0);
      for (const PolyphaseFilter::Phase& phase : filter.phases) {
        double gain = 0.0;
        for (size_t tap = 0; tap < phase.length; ++tap) gain += filter.taps[phase.first + tap];
        KEFU_NEAR(gain, 1.0, 0.0058);
      }
    }
  }
}

KEFU_CASE(inputs_stay_inside_the_planes) {
  for (const int64_t to : kRates) {
    const PolyphaseFilter& filter = polyphase_filter(32000, to);
    for (const int32_t place : filter.places) {
      KEFU_CHECK(place >= 0);
      KEFU_CHECK(static_cast<size_t>(place) % filter.stride <= filter.history);
      KEFU_CHECK(static_cast<size_t>(place) / filter.stride < filter.down);
    }
  }
}

KEFU_CASE(a_pair_is_built_once) {
  KEFU_CHECK(&polyphase_filter(8000, 16000) == &polyphase_filter(8000, 16000));
  KEFU_CHECK(&polyphase_filter(8000, 16000) != &polyphase_filter(16000, 8000));
  KEFU_CHECK(polyphase_filter(8000, 8000).phases.empty());
}

KEFU_CASE(other_rates_are_refused) {
  for (const int64_t rate : {INT64_MIN, int64_t{-8000}, int64_t{0}, int64_t{44100}, INT64_MAX}) {
    KEFU_THROWS(std::invalid_argument, polyphase_filter(rate, 8000));
    KEFU_THROWS(std::invalid_argument, polyphase_filter(8000, rate));
  }
}

}  // namespace kefu
