// G.711 (ITU-T, 11/1988): μ-law and A-law to and from 16-bit linear PCM.
//
// The codes carry 14 (μ-law) and 13 bits (A-law), left-justified in 16. Both encoders map a sample
// to the code whose decision interval holds it, as tables 1a to 2b of the recommendation.
#pragma once

#include <cstddef>
#include <cstdint>

#include "codec.h"
#include "host_device.h"

namespace kefu {

// Position of the highest set bit of v, 0 for v < 2.
KEFU_HD inline int highest_bit(int v) {
  int bit = 0;
  while (v > 1) {
    v >>= 1;
    ++bit;
  }
  return bit;
}

KEFU_HD inline int16_t ulaw_expand(uint8_t code) {
  const int bits = ~code & 0xFF;
  const int segment = bits >> 4 & 7;
  const int magnitude = (((bits & 0x0F) * 2 + 33) << segment) - 33;  // 14 bits: 0 to 8031
  return static_cast<int16_t>(bits & 0x80 ? -4 * magnitude : 4 * magnitude);
}

KEFU_HD inline uint8_t ulaw_compress(int16_t sample) {
  const bool negative = sample < 0;
  int magnitude =
      (negative ? ~sample : int{sample}) >> 2;  // 14 bits; one's complement as ITU's G.191
  if (magnitude > 8158) magnitude = 8158;
  magnitude += 33;
  const int segment = highest_bit(magnitude) - 5;
  const int bits = segment << 4 | (magnitude >> (segment + 1) & 0x0F);
  return static_cast<uint8_t>(~(negative ? bits | 0x80 : bits));
}

KEFU_HD inline int16_t alaw_expand(uint8_t code) {
  const int bits = code ^ 0x55;
  const int segment = bits >> 4 & 7;
  const int step = bits & 0x0F;
  const int magnitude =  // 12 bits and a half step: 1 to 4032
      segment == 0 ? step * 2 + 1 : (step * 2 + 33) << (segment - 1);
  return static_cast<int16_t>(bits & 0x80 ? 8 * magnitude : -8 * magnitude);
}

KEFU_HD inline uint8_t alaw_compress(int16_t sample) {
  const bool negative = sample < 0;
  const int magnitude = (negative ? ~sample : int{sample}) >> 3;  // 12 bits
  const int segment = magnitude < 32 ? 0 : highest_bit(magnitude) - 4;
  const int step = magnitude >> (segment == 0 ? 1 : segment) & 0x0F;
  const int bits = segment << 4 | step;
  return static_cast<uint8_t>((negative ? bits : bits | 0x80) ^ 0x55);
}

// payload: (samples,) codes → pcm: (samples,).
void g711_decode(Law law, const uint8_t* payload, size_t samples, int16_t* pcm);
// pcm: (samples,) → payload: (samples,) codes.
void g711_encode(Law law, const int16_t* pcm, size_t samples, uint8_t* payload);

}  // namespace kefu
