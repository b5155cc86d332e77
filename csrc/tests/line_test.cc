#include "line.h"

#include <vector>

#include "check.h"

namespace {

KEFU_CASE(an_hour_in_is_an_hour_out) {
  kefu::Line line("ulaw", 8000, 20);
  std::vector<uint8_t> in(160, 0x55);
  std::vector<uint8_t> out(160);
  std::vector<int16_t> pcm(160);
  const std::vector<int16_t> speech(160, int16_t{500});
  constexpr int64_t kFrames = 180'000;
  int64_t heard = 0;
  for (int64_t i = 0; i < kFrames; ++i) {
    line.caller.receive(i * 160, in.data(), in.size());
    heard += static_cast<int64_t>(line.caller.waiting().samples());
    line.caller.take(pcm.data());
    line.agent.say(0, i * 160, speech.data(), speech.size(), false);
    KEFU_CHECK(line.agent.frame(out.data()));
    line.agent.set_taken(line.agent.next());
  }
  KEFU_EQUAL(heard, kFrames * 160);
  KEFU_EQUAL(line.agent.next(), kFrames * 160);
  KEFU_EQUAL(line.agent.heard().offset, kFrames * 160);
}

KEFU_CASE(silence_has_the_code_of_its_law) {
  std::vector<uint8_t> out(160);
  kefu::Line ulaw("ulaw", 8000, 20);
  ulaw.agent.frame(out.data());
  KEFU_CHECK(out == std::vector<uint8_t>(160, 0xFF));
  kefu::Line alaw("alaw", 8000, 60);
  alaw.agent.frame(out.data());
  KEFU_CHECK(out == std::vector<uint8_t>(160, 0xD5));
}

}  // namespace
