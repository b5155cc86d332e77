#include "agent_leg.h"

#include <vector>

#include "check.h"

namespace {

using kefu::AgentLeg;
using kefu::Codec;

constexpr int16_t kLoud = 10000;

AgentLeg make_leg() { return AgentLeg(Codec("slin", 8000, 20)); }

size_t say(AgentLeg& leg, int64_t utterance, int64_t offset, size_t samples, bool last) {
  const std::vector<int16_t> pcm(samples, kLoud);
  return leg.say(utterance, offset, pcm.data(), samples, last);
}

std::vector<int16_t> frame(AgentLeg& leg) {
  std::vector<uint8_t> payload(320);
  if (!leg.frame(payload.data())) return {};
  std::vector<int16_t> pcm(160);
  Codec("slin", 8000, 20).decode(payload.data(), 160, pcm.data());
  return pcm;
}

KEFU_CASE(underrun_is_silence_and_does_not_move_the_offset) {
  AgentLeg leg = make_leg();
  say(leg, 0, 0, 100, false);
  auto pcm = frame(leg);
  KEFU_EQUAL(pcm[99], kLoud);
  KEFU_EQUAL(pcm[100], 0);
  KEFU_EQUAL(leg.queue().front().offset, 100);
  pcm = frame(leg);
  KEFU_CHECK(leg.silent());
  KEFU_EQUAL(leg.queue().front().offset, 100);
  say(leg, 0, 100, 10, true);
  frame(leg);
  KEFU_CHECK(!leg.silent());
  KEFU_EQUAL(leg.queue().finished(), 0);
  leg.set_taken(320);
  KEFU_EQUAL(leg.heard().offset, 100);
  leg.set_taken(325);
  KEFU_EQUAL(leg.heard().offset, 105);
}

KEFU_CASE(a_cut_fades_in_ten_ms_and_drops_the_rest) {
  AgentLeg leg = make_leg();
  say(leg, 0, 0, 1000, false);
  frame(leg);
  KEFU_CHECK(leg.cut(0));
  KEFU_EQUAL(leg.queue().finished(), 0);
  KEFU_CHECK(!leg.queue().open());
  const auto pcm = frame(leg);
  KEFU_EQUAL(pcm[0], 9875);
  KEFU_EQUAL(pcm[40], 4875);
  KEFU_EQUAL(pcm[79], 0);
  KEFU_EQUAL(pcm[80], 0);
  KEFU_CHECK(!leg.silent());
  frame(leg);
  KEFU_CHECK(leg.silent());
  leg.set_taken(leg.next());
  KEFU_EQUAL(leg.heard().offset, 160);  // the fade is not counted
  KEFU_EQUAL(say(leg, 0, 1000, 10, true), 0U);
  KEFU_CHECK(!leg.cut(0));
}

KEFU_CASE(what_did_not_sound_yet_does_not_fade) {
  AgentLeg leg = make_leg();
  say(leg, 0, 0, 1000, false);
  KEFU_CHECK(leg.cut(0));
  frame(leg);
  KEFU_CHECK(leg.silent());
}

KEFU_CASE(the_next_utterance_follows_the_fade) {
  AgentLeg leg = make_leg();
  say(leg, 0, 0, 1000, true);
  frame(leg);
  leg.cut(0);
  say(leg, 1, 0, 500, true);
  const auto pcm = frame(leg);
  KEFU_EQUAL(pcm[79], 0);
  KEFU_EQUAL(pcm[80], kLoud);
  KEFU_EQUAL(leg.queue().front().offset, 80);
}

KEFU_CASE(a_cut_settles_where_the_client_dropped) {
  AgentLeg leg = make_leg();
  KEFU_EQUAL(leg.settle(0).utterance, -1);
  say(leg, 0, 0, 2000, false);
  for (int i = 0; i < 5; ++i) frame(leg);
  leg.set_taken(160);
  leg.cut(0);
  leg.set_taken(640);  // goes on while FLUSHED is on its way
  const auto settled = leg.settle(300);
  KEFU_EQUAL(settled.utterance, 0);
  KEFU_EQUAL(settled.offset, 300);
  KEFU_EQUAL(leg.heard().offset, 300);
  KEFU_EQUAL(leg.settle(300).utterance, -1);
}

KEFU_CASE(a_cut_after_the_end_settles_what_was_still_untaken) {
  AgentLeg leg = make_leg();
  say(leg, 0, 0, 320, true);
  frame(leg);
  frame(leg);
  KEFU_CHECK(!leg.cut(0));
  KEFU_EQUAL(leg.settle(200).offset, 200);
}

KEFU_CASE(an_unread_line_pauses_and_loses_nothing) {
  AgentLeg leg = make_leg();
  say(leg, 0, 0, 10000, false);
  int frames = 0;
  while (!frame(leg).empty()) ++frames;
  KEFU_EQUAL(frames, 26);
  KEFU_EQUAL(leg.queue().front().offset, 26 * 160);
  leg.set_taken(160);
  KEFU_CHECK(!leg.paused());
  KEFU_EQUAL(frame(leg)[0], kLoud);
  leg.set_taken(int64_t{1} << 50);
  KEFU_EQUAL(leg.untaken(), 0);
  leg.set_taken(0);
  KEFU_EQUAL(leg.untaken(), 0);
}

KEFU_CASE(a_frame_holds_at_most_two_utterances) {
  AgentLeg leg = make_leg();
  for (int64_t i = 0; i < 3; ++i) say(leg, i, 0, 10, true);
  frame(leg);
  KEFU_EQUAL(leg.queue().finished(), 1);
  frame(leg);
  KEFU_EQUAL(leg.queue().finished(), 2);
}

KEFU_CASE(gain_moves_in_a_straight_line) {
  AgentLeg leg = make_leg();
  say(leg, 0, 0, 2000, false);
  leg.set_gain(0.5, 100);
  auto pcm = frame(leg);
  KEFU_EQUAL(pcm[49], 7500);
  KEFU_EQUAL(pcm[99], 5000);
  KEFU_EQUAL(pcm[159], 5000);
  leg.set_gain(1.0, 0);
  KEFU_EQUAL(frame(leg)[0], kLoud);
}

}  // namespace
