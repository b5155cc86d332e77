// G.711 (ITU-T, 11/1988): μ-law and A-law to and from 16-bit linear PCM.
//
// The codes carry 14 (μ-law) and 13 bits (A-law), left-justified in 16. Both encoders map a sample
// to the code whose decision interval holds it, as tables 1a to 2b of the recommendation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "codec.h"
#include "host_device.h"
#include "simd.h"

namespace kefu {

KEFU_HD constexpr int16_t ulaw_expand(uint8_t code) {
  const int bits = ~code & 0xFF;
  const int segment = bits >> 4 & 7;
  const int magnitude = (((bits & 0x0F) * 2 + 33) << segment) - 33;  // 14 bits: 0 to 8031
  return static_cast<int16_t>(bits & 0x80 ? -4 * magnitude : 4 * magnitude);
}

KEFU_HD constexpr int16_t alaw_expand(uint8_t code) {
  const int bits = code ^ 0x55;
  const int segment = bits >> 4 & 7;
  const int step = bits & 0x0F;
  const int magnitude =  // 12 bits and a half step: 1 to 4032
      segment == 0 ? step * 2 + 1 : (step * 2 + 33) << (segment - 1);
  return static_cast<int16_t>(bits & 0x80 ? 8 * magnitude : -8 * magnitude);
}

// A float keeps its highest bit as exponent and the next four at the head of its fraction: a
// G.711 code but for an offset. Exact for 1 <= v < 2^24. Returns 16 × (bit number + 127) + four
// bits.
KEFU_HD inline int highest_five_bits(int v) {
  const auto value = static_cast<float>(v);
  int32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return bits >> 19;
}

KEFU_HD inline uint8_t ulaw_compress(int16_t sample) {
  const int sign = sample >> 15;
  int magnitude = (sample ^ sign) >> 2;  // 14 bits; one's complement as ITU's G.191
  magnitude = magnitude > 8158 ? 8158 : magnitude;
  const int bits = highest_five_bits(magnitude + 33) - 16 * (127 + 5);
  return static_cast<uint8_t>(~(bits | (sign & 0x80)));
}

KEFU_HD inline uint8_t alaw_compress(int16_t sample) {
  const int sign = sample >> 15;
  const int magnitude = (sample ^ sign) >> 3;  // 12 bits
  const int first = magnitude < 32 ? 32 : 0;   // the first segment is as wide as the second
  const int bits = highest_five_bits(magnitude + first) - 16 * (127 + 4) - first / 2;
  return static_cast<uint8_t>((bits | (~sign & 0x80)) ^ 0x55);
}

// payload: (samples,) codes → pcm: (samples,).
void g711_decode(Law law, const uint8_t* payload, size_t samples, int16_t* pcm);
void g711_decode(Law law, const uint8_t* payload, size_t samples, int16_t* pcm, Path path);
// pcm: (samples,) → payload: (samples,) codes.
void g711_encode(Law law, const int16_t* pcm, size_t samples, uint8_t* payload);
void g711_encode(Law law, const int16_t* pcm, size_t samples, uint8_t* payload, Path path);

}  // namespace kefu
