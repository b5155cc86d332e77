#include "g711.h"

#include <array>

namespace kefu {
namespace {

// Tables from the formulas: 512 B to decode, 16 KiB for each law to encode (the codes of both laws
// do not depend on a sample's lowest two bits).
struct Tables {
  std::array<int16_t, 256> expand;
  std::array<uint8_t, 16384> compress;

  Tables(int16_t (*expand_one)(uint8_t), uint8_t (*compress_one)(int16_t)) {
    for (int code = 0; code < 256; ++code) {
      expand[static_cast<size_t>(code)] = expand_one(static_cast<uint8_t>(code));
    }
    for (int index = 0; index < 16384; ++index) {
      compress[static_cast<size_t>(index)] =
          compress_one(static_cast<int16_t>(static_cast<uint16_t>(index << 2)));
    }
  }
};

const Tables& tables(Law law) {
  static const Tables ulaw(ulaw_expand, ulaw_compress);
  static const Tables alaw(alaw_expand, alaw_compress);
  return law == Law::kUlaw ? ulaw : alaw;
}

}  // namespace

void g711_decode(Law law, const uint8_t* payload, size_t samples, int16_t* pcm) {
  const auto& expand = tables(law).expand;
  for (size_t i = 0; i < samples; ++i) pcm[i] = expand[payload[i]];
}

void g711_encode(Law law, const int16_t* pcm, size_t samples, uint8_t* payload) {
  const auto& compress = tables(law).compress;
  for (size_t i = 0; i < samples; ++i) {
    payload[i] = compress[static_cast<uint16_t>(pcm[i]) >> 2];
  }
}

}  // namespace kefu
