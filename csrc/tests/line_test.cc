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

KEFU_CASE(a_tick_asks_for_no_memory) {
  kefu::Line line("ulaw", 8000, 20);
  line.set_comfort_noise(-60.0);
  std::vector<uint8_t> in(160, 0x55);
  std::vector<uint8_t> out(160);
  std::vector<int16_t> pcm(8 * 160);
  const std::vector<int16_t> speech(160, int16_t{500});
  KEFU_NO_ALLOCATION({
    for (int64_t i = 0; i < 200; ++i) {
      // Every tenth frame is missing and every fiftieth five: what is concealed, what is lost.
      const bool lost = i % 10 == 3 || i % 50 < 5;
      if (!lost) line.caller.receive(i * 160, in.data(), in.size());
      if (i % 2 == 0) line.agent.say(i, 0, speech.data(), speech.size(), true);
      line.frame(out.data());
      line.agent.set_taken(line.agent.next());
      if (i % 40 == 39) {
        line.agent.cut(i);
        line.agent.settle(line.agent.next());
      }
      line.take(pcm.data());
      line.caller_level();
      line.agent_level();
      line.noise.dbfs();
    }
  });
  KEFU_CHECK(line.caller.next() > 190 * 160);
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
