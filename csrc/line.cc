#include "line.h"

#include <algorithm>

namespace kefu {
namespace {

constexpr uint64_t kNoiseSeed = 1;  // all lines may sound alike: nobody hears two

}  // namespace

Line::Line(const std::string& name, int64_t rate_hz, int64_t frame_ms)
    : codec(name, rate_hz, frame_ms),
      caller(codec),
      agent(codec),
      echo(codec.rate_hz()),
      noise(codec.rate_hz()),
      keys(codec.rate_hz()),
      progress(codec.rate_hz()),
      sent_(codec.agent_frame_samples()) {}

bool Line::frame(uint8_t* payload) {
  if (!agent.frame(payload)) return false;
  if (agent.silent()) {  // A-law has no code for 0
    std::fill(sent_.begin(), sent_.end(), int16_t{0});
    if (comfort_) {
      comfort_->fill(sent_.data(), sent_.size());
      codec.encode(sent_.data(), sent_.size(), payload);
    }
    echo.played_silence(sent_.size());
  } else {
    codec.decode(payload, sent_.size(), sent_.data());
    echo.played(sent_.data(), sent_.size());
  }
  return true;
}

void Line::set_comfort_noise(double level_dbfs) {
  const ComfortNoise noise_of_level(level_dbfs, kNoiseSeed);
  comfort_.reset();
  if (level_dbfs > kNoComfortNoise) comfort_ = noise_of_level;
}

double Line::take(int16_t* pcm) {
  const Stretch stretch = caller.waiting();
  caller.take(pcm);
  if (stretch.lost > 0) {
    echo.forget_heard();
    keys.skip(static_cast<size_t>(stretch.lost));
    progress.skip(static_cast<size_t>(stretch.lost));
  }
  keys.push(pcm, stretch.samples());
  progress.push(pcm, stretch.samples());
  noise.push(pcm, stretch.samples());
  return echo.heard(pcm, stretch.samples(), static_cast<size_t>(agent.untaken()));
}

}  // namespace kefu
