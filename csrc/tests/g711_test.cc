#include "g711.h"

#include <cstdlib>
#include <vector>

#include "check.h"

namespace {

using kefu::Law;

// The segments of ITU-T G.711 tables 1a and 2a as end points, in 16-bit units: an implementation
// that shares nothing with the shifts of g711.h.
int16_t ulaw_by_table(int code) {
  static const int ends[9] = {0, 31, 95, 223, 479, 991, 2015, 4063, 8159};
  const int bits = 255 - code;
  const int segment = bits % 128 / 16;
  const int width = segment == 0 ? 2 : (ends[segment + 1] - ends[segment]) / 16;
  const int step = bits % 16;
  // The first interval of all is half as wide as its neighbours: 0 to 1.
  const int low = segment == 0 ? 2 * step - 1 : ends[segment] + step * width;
  const int value = segment == 0 && step == 0 ? 0 : low + width / 2;
  return static_cast<int16_t>(4 * (bits >= 128 ? -value : value));
}

int16_t alaw_by_table(int code) {
  static const int ends[9] = {0, 32, 64, 128, 256, 512, 1024, 2048, 4096};
  const int bits = code ^ 0x55;
  const int segment = bits % 128 / 16;
  const int width = (ends[segment + 1] - ends[segment]) / 16;
  const int value = ends[segment] + bits % 16 * width + width / 2;
  return static_cast<int16_t>(8 * (bits >= 128 ? value : -value));
}

int16_t decoded(Law law, int code) {
  const auto byte = static_cast<uint8_t>(code);
  int16_t sample = 0;
  kefu::g711_decode(law, &byte, 1, &sample);
  return sample;
}

int encoded(Law law, int sample) {
  const auto pcm = static_cast<int16_t>(sample);
  uint8_t code = 0;
  kefu::g711_encode(law, &pcm, 1, &code);
  return code;
}

int distance(Law law, int code, int sample) { return std::abs(decoded(law, code) - sample); }

// No code of the sample's sign lies nearer, but for ties.
void check_nearest(Law law) {
  for (int sample = -32768; sample <= 32767; ++sample) {
    const int code = encoded(law, sample);
    const bool positive = (code & 0x80) != 0;
    KEFU_EQUAL(positive, sample >= 0);
    // Inside a segment the interval's middle is the value, so its neighbours are no nearer;
    // at a segment's border the interval and not the distance decides: half a step of slack.
    const int magnitude = (law == Law::kUlaw ? ~code : code ^ 0x55) & 0x7F;
    const int slack = magnitude % 16 == 0 || magnitude % 16 == 15 ? 4 << (magnitude / 16) : 0;
    for (int step = -1; step <= 1; step += 2) {
      if (magnitude + step < 0 || magnitude + step > 127) continue;
      const int neighbour_bits = magnitude + step;
      const int sign = positive ? 0x80 : 0;
      const int neighbour =
          law == Law::kUlaw ? (~neighbour_bits & 0x7F) | sign : ((neighbour_bits | sign) ^ 0x55);
      if (distance(law, neighbour, sample) + slack < distance(law, code, sample)) {
        KEFU_EQUAL(neighbour, code);
      }
    }
  }
}

KEFU_CASE(every_code_has_its_value_of_the_recommendation) {
  for (int code = 0; code < 256; ++code) {
    KEFU_EQUAL(decoded(Law::kUlaw, code), ulaw_by_table(code));
    KEFU_EQUAL(decoded(Law::kAlaw, code), alaw_by_table(code));
  }
}

KEFU_CASE(a_value_encodes_to_its_own_code) {
  for (int code = 0; code < 256; ++code) {
    if (code != 0x7F) KEFU_EQUAL(encoded(Law::kUlaw, decoded(Law::kUlaw, code)), code);
    KEFU_EQUAL(encoded(Law::kAlaw, decoded(Law::kAlaw, code)), code);
  }
  KEFU_EQUAL(encoded(Law::kUlaw, decoded(Law::kUlaw, 0x7F)), 0xFF);  // -0 is 0
}

KEFU_CASE(a_sample_encodes_to_the_nearest_value) {
  check_nearest(Law::kUlaw);
  check_nearest(Law::kAlaw);
}

KEFU_CASE(silence_and_extremes) {
  KEFU_EQUAL(encoded(Law::kUlaw, 0), 0xFF);
  KEFU_EQUAL(encoded(Law::kAlaw, 0), 0xD5);
  KEFU_EQUAL(encoded(Law::kUlaw, 32767), 0x80);
  KEFU_EQUAL(encoded(Law::kUlaw, -32768), 0x00);
  KEFU_EQUAL(encoded(Law::kAlaw, 32767), 0xAA);
  KEFU_EQUAL(encoded(Law::kAlaw, -32768), 0x2A);
}

KEFU_CASE(all_paths_are_equal_at_any_length) {
  std::vector<int16_t> pcm(65536 + 31);
  std::vector<uint8_t> codes(pcm.size());
  for (size_t i = 0; i < pcm.size(); ++i) {
    pcm[i] = static_cast<int16_t>(static_cast<int>(i % 65536) - 32768);
    codes[i] = static_cast<uint8_t>(i);
  }
  std::vector<int16_t> values(pcm.size());
  std::vector<uint8_t> compressed(pcm.size());
  for (const Law law : {Law::kUlaw, Law::kAlaw}) {
    for (const kefu::Path path : kefu::paths()) {
      for (const size_t samples : {size_t{0}, size_t{1}, size_t{15}, size_t{33}, pcm.size()}) {
        KEFU_NO_ALLOCATION(kefu::g711_decode(law, codes.data(), samples, values.data(), path));
        KEFU_NO_ALLOCATION(kefu::g711_encode(law, pcm.data(), samples, compressed.data(), path));
        size_t differing = 0;
        for (size_t i = 0; i < samples; ++i) {
          const bool same = law == Law::kUlaw ? values[i] == kefu::ulaw_expand(codes[i]) &&
                                                    compressed[i] == kefu::ulaw_compress(pcm[i])
                                              : values[i] == kefu::alaw_expand(codes[i]) &&
                                                    compressed[i] == kefu::alaw_compress(pcm[i]);
          differing += same ? 0 : 1;
        }
        KEFU_EQUAL(differing, 0U);
      }
    }
  }
}

// The digital milliwatt, 0 dBm0 at 1 kHz: ITU-T G.711 tables 5 and 6.
KEFU_CASE(the_milliwatt_sequence_is_a_sine) {
  const std::vector<int> ulaw = {0x1E, 0x0B, 0x0B, 0x1E, 0x9E, 0x8B, 0x8B, 0x9E};
  const std::vector<int> alaw = {0x34, 0x21, 0x21, 0x34, 0xB4, 0xA1, 0xA1, 0xB4};
  const std::vector<int> ulaw_pcm = {-8828, -20860, -20860, -8828, 8828, 20860, 20860, 8828};
  const std::vector<int> alaw_pcm = {-8960, -20992, -20992, -8960, 8960, 20992, 20992, 8960};
  for (size_t i = 0; i < 8; ++i) {
    KEFU_EQUAL(decoded(Law::kUlaw, ulaw[i]), ulaw_pcm[i]);
    KEFU_EQUAL(decoded(Law::kAlaw, alaw[i]), alaw_pcm[i]);
  }
}

}  // namespace
