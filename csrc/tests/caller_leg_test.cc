#include "caller_leg.h"

#include <cmath>
#include <stdexcept>
#include <vector>

#include "check.h"

namespace {

using kefu::CallerLeg;
using kefu::Codec;

CallerLeg make_leg() { return CallerLeg(Codec("slin", 8000, 20)); }

// 20 ms of one value.
kefu::Received hear(CallerLeg& leg, int64_t first, uint8_t high = 1) {
  std::vector<uint8_t> payload(320);
  for (size_t i = 1; i < 320; i += 2) payload[i] = high;
  return leg.receive(first, payload.data(), payload.size());
}

std::vector<int16_t> take(CallerLeg& leg) {
  std::vector<int16_t> pcm(leg.waiting().samples());
  leg.take(pcm.data());
  return pcm;
}

KEFU_CASE(repeats_and_overlaps_are_dropped) {
  CallerLeg leg = make_leg();
  KEFU_EQUAL(hear(leg, 0).accepted, 160);
  KEFU_EQUAL(hear(leg, 0, 9).dropped, 160);
  const auto overlap = hear(leg, 100, 2);
  KEFU_EQUAL(overlap.dropped, 60);
  KEFU_EQUAL(overlap.accepted, 100);
  const auto pcm = take(leg);
  KEFU_EQUAL(pcm.size(), 260U);
  KEFU_EQUAL(pcm[159], 256);
  KEFU_EQUAL(pcm[160], 512);
}

KEFU_CASE(sixty_ms_are_concealed_one_sample_more_is_lost) {
  CallerLeg leg = make_leg();
  hear(leg, 0);
  KEFU_EQUAL(hear(leg, 160 + 480).concealed, 480);
  const auto pcm = take(leg);
  KEFU_EQUAL(pcm.size(), 800U);
  KEFU_EQUAL(pcm[160], 256);
  KEFU_CHECK(pcm[400] < 256 && pcm[400] > 0);
  KEFU_EQUAL(hear(leg, 800 + 481).lost, 481);
  const auto stretch = leg.waiting();
  KEFU_EQUAL(stretch.first, 1281);
  KEFU_EQUAL(stretch.lost, 481);
}

KEFU_CASE(a_refused_frame_changes_nothing) {
  CallerLeg leg = make_leg();
  hear(leg, 0);
  KEFU_THROWS(std::out_of_range, hear(leg, 160 + 24001));
  const std::vector<uint8_t> odd(319);
  KEFU_THROWS(std::invalid_argument, leg.receive(160, odd.data(), odd.size()));
  KEFU_EQUAL(leg.next(), 160);
  KEFU_EQUAL(hear(leg, 160 + 24000).lost, 24000);
}

KEFU_CASE(stretches_are_taken_hole_by_hole) {
  CallerLeg leg = make_leg();
  hear(leg, 0);
  hear(leg, 1000);
  hear(leg, 2000);
  for (const int64_t first : {0, 1000, 2000}) {
    const auto stretch = leg.waiting();
    KEFU_EQUAL(stretch.first, first);
    KEFU_EQUAL(stretch.samples(), 160U);
    KEFU_EQUAL(stretch.lost, first == 0 ? 0 : 840);
    take(leg);
  }
  KEFU_EQUAL(leg.waiting().samples(), 0U);
}

KEFU_CASE(what_nobody_takes_is_given_up_and_counted) {
  CallerLeg leg = make_leg();
  for (int64_t i = 0; i < 1000; ++i) hear(leg, i * 160);
  auto stretch = leg.waiting();
  KEFU_EQUAL(stretch.samples(), 24000U);
  KEFU_EQUAL(stretch.lost, 1000 * 160 - 24000);
  take(leg);
  int64_t first = leg.next();
  for (int i = 0; i < 100; ++i) {
    first += 481;  // a hole before each
    hear(leg, first);
    first += 160;
  }
  int64_t accounted = 1000 * 160;
  while (leg.waiting().samples() > 0) {
    stretch = leg.waiting();
    accounted += stretch.lost + static_cast<int64_t>(stretch.samples());
    KEFU_EQUAL(accounted, stretch.end);
    take(leg);
  }
  KEFU_EQUAL(accounted, leg.next());
}

KEFU_CASE(the_ring_holds_three_seconds_with_holes_as_zeros) {
  CallerLeg leg = make_leg();
  KEFU_EQUAL(leg.recent_samples(), 0U);
  hear(leg, 0);
  hear(leg, 1160);
  KEFU_EQUAL(leg.recent_samples(), 1320U);
  std::vector<int16_t> pcm(1320);
  leg.recent(pcm.data());
  KEFU_EQUAL(pcm[159], 256);
  KEFU_EQUAL(pcm[160], 0);
  KEFU_EQUAL(pcm[1160], 256);
}

KEFU_CASE(level_is_of_full_scale) {
  CallerLeg leg = make_leg();
  KEFU_EQUAL(leg.level().rms_dbfs, -96.0);
  hear(leg, 0, 0x80);  // -32768
  KEFU_CHECK(std::abs(leg.level().rms_dbfs) < 1e-9);
  hear(leg, 160, 0);
  KEFU_EQUAL(leg.level().rms_dbfs, -96.0);
}

}  // namespace
