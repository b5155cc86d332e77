// The codings a telephone line may have, and the sizes that follow from them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace kefu {

// Returns the rate where a line may have it: 8000, 16000 or 24000 Hz. Throws std::invalid_argument.
int checked_line_rate(int64_t rate_hz);

enum class Law { kUlaw, kAlaw };

enum class Coding { kUlaw, kAlaw, kSlin };

// "ulaw" or "alaw". Throws std::invalid_argument.
Law parse_law(const std::string& name);

// Coding, sampling rate and the duration of the caller's frames of one line.
class Codec {
 public:
  // name: "ulaw", "alaw" (8000 Hz), "slin" (8000, 16000, 24000 Hz); frame_ms: 10 to 60.
  // Throws std::invalid_argument.
  Codec(const std::string& name, int64_t rate_hz, int64_t frame_ms);

  int rate_hz() const { return rate_hz_; }
  size_t bytes_per_sample() const { return coding_ == Coding::kSlin ? 2 : 1; }
  size_t caller_frame_samples() const { return samples_of(frame_ms_); }
  size_t agent_frame_samples() const { return samples_of(kAgentFrameMs); }
  size_t samples_of(int ms) const {
    return static_cast<size_t>(rate_hz_ / 1000) * static_cast<size_t>(ms);
  }

  void decode(const uint8_t* payload, size_t samples, int16_t* pcm) const;
  void encode(const int16_t* pcm, size_t samples, uint8_t* payload) const;

  static constexpr int kAgentFrameMs = 20;

 private:
  Coding coding_;
  int rate_hz_;
  int frame_ms_;
};

}  // namespace kefu
