#include "codec.h"

#include <stdexcept>
#include <vector>

#include "check.h"

namespace {

using kefu::Codec;

KEFU_CASE(sizes_follow_from_rate_and_frame) {
  const Codec ulaw("ulaw", 8000, 30);
  KEFU_EQUAL(ulaw.caller_frame_samples(), 240U);
  KEFU_EQUAL(ulaw.agent_frame_samples(), 160U);
  KEFU_EQUAL(ulaw.bytes_per_sample(), 1U);
  const Codec slin("slin", 24000, 10);
  KEFU_EQUAL(slin.caller_frame_samples(), 240U);
  KEFU_EQUAL(slin.agent_frame_samples(), 480U);
  KEFU_EQUAL(slin.bytes_per_sample(), 2U);
}

KEFU_CASE(what_no_line_has_is_refused) {
  KEFU_THROWS(std::invalid_argument, Codec("opus", 8000, 20));
  KEFU_THROWS(std::invalid_argument, Codec("", 8000, 20));
  KEFU_THROWS(std::invalid_argument, Codec("ulaw", 16000, 20));
  KEFU_THROWS(std::invalid_argument, Codec("slin", 44100, 20));
  KEFU_THROWS(std::invalid_argument, Codec("slin", 0, 20));
  KEFU_THROWS(std::invalid_argument, Codec("alaw", 8000, 9));
  KEFU_THROWS(std::invalid_argument, Codec("alaw", 8000, 61));
  KEFU_THROWS(std::invalid_argument, Codec("alaw", int64_t{1} << 40, 20));
}

KEFU_CASE(slin_is_little_endian) {
  const Codec slin("slin", 16000, 20);
  const std::vector<uint8_t> payload = {0x01, 0x80, 0xFF, 0x7F};
  std::vector<int16_t> pcm(2);
  slin.decode(payload.data(), 2, pcm.data());
  KEFU_EQUAL(pcm[0], -32767);
  KEFU_EQUAL(pcm[1], 32767);
  std::vector<uint8_t> again(4);
  slin.encode(pcm.data(), 2, again.data());
  KEFU_CHECK(again == payload);
}

}  // namespace
