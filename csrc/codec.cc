#include "codec.h"

#include "argument.h"
#include "g711.h"
#include "quoted.h"

namespace kefu {
namespace {

constexpr int64_t kShortestFrameMs = 10;
constexpr int64_t kLongestFrameMs = 60;

Coding parse_coding(const std::string& name) {
  if (name == "ulaw") return Coding::kUlaw;
  if (name == "alaw") return Coding::kAlaw;
  if (name == "slin") return Coding::kSlin;
  refuse("codec", quoted(name), "'ulaw', 'alaw' or 'slin'");
}

}  // namespace

int checked_line_rate(int64_t rate_hz) {
  if (rate_hz == 8000 || rate_hz == 16000 || rate_hz == 24000) return static_cast<int>(rate_hz);
  refuse("rate_hz", rate_hz, "8000, 16000 or 24000");
}

Law parse_law(const std::string& name) {
  if (name == "ulaw") return Law::kUlaw;
  if (name == "alaw") return Law::kAlaw;
  refuse("law", quoted(name), "'ulaw' or 'alaw'");
}

Codec::Codec(const std::string& name, int64_t rate_hz, int64_t frame_ms)
    : coding_(parse_coding(name)) {
  const bool wide = coding_ == Coding::kSlin && (rate_hz == 16000 || rate_hz == 24000);
  if (rate_hz != 8000 && !wide) {
    refuse("rate_hz", rate_hz,
           coding_ == Coding::kSlin ? "8000, 16000 or 24000 for slin" : "8000 for G.711");
  }
  rate_hz_ = static_cast<int>(rate_hz);
  frame_ms_ = static_cast<int>(checked("frame_ms", frame_ms, kShortestFrameMs, kLongestFrameMs));
}

void Codec::decode(const uint8_t* payload, size_t samples, int16_t* pcm) const {
  switch (coding_) {
    case Coding::kUlaw:
      g711_decode(Law::kUlaw, payload, samples, pcm);
      return;
    case Coding::kAlaw:
      g711_decode(Law::kAlaw, payload, samples, pcm);
      return;
    case Coding::kSlin:
      for (size_t i = 0; i < samples; ++i) {
        pcm[i] = static_cast<int16_t>(payload[2 * i] | payload[2 * i + 1] << 8);
      }
  }
}

void Codec::encode(const int16_t* pcm, size_t samples, uint8_t* payload) const {
  switch (coding_) {
    case Coding::kUlaw:
      g711_encode(Law::kUlaw, pcm, samples, payload);
      return;
    case Coding::kAlaw:
      g711_encode(Law::kAlaw, pcm, samples, payload);
      return;
    case Coding::kSlin:
      for (size_t i = 0; i < samples; ++i) {
        const auto bits = static_cast<uint16_t>(pcm[i]);
        payload[2 * i] = static_cast<uint8_t>(bits & 0xFF);
        payload[2 * i + 1] = static_cast<uint8_t>(bits >> 8);
      }
  }
}

}  // namespace kefu
