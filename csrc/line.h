// One call's telephone line, both directions, and what is measured on it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent_leg.h"
#include "call_progress.h"
#include "caller_leg.h"
#include "codec.h"
#include "comfort_noise.h"
#include "dtmf.h"
#include "echo.h"
#include "level_meter.h"
#include "noise_floor.h"

namespace kefu {

// Allocates in its constructor only. Not thread-safe.
struct Line {
  // As Codec. Throws std::invalid_argument.
  Line(const std::string& name, int64_t rate_hz, int64_t frame_ms);

  // As AgentLeg::frame; what leaves may come back as echo. A frame without speech is comfort noise
  // where there is to be any.
  bool frame(uint8_t* payload);

  // As CallerLeg::take; returns the likelihood that all of it is our echo (EchoMeter). What is
  // heard in it waits in `keys` and `progress`.
  double take(int16_t* pcm);

  // RMS in dB of full scale, -96 (none) to 0. Throws std::invalid_argument.
  void set_comfort_noise(double level_dbfs);

  // Of the last 20 ms that came, and of the last frame that left, as it was coded.
  Level caller_level() const { return caller.level(); }
  Level agent_level() const { return level_of(sent_.data(), sent_.size()); }

  Codec codec;
  CallerLeg caller;
  AgentLeg agent;
  EchoMeter echo;
  NoiseFloor noise;
  Dtmf keys;
  CallProgress progress;

  static constexpr double kNoComfortNoise = -96.0;

 private:
  std::optional<ComfortNoise> comfort_;
  std::vector<int16_t> sent_;  // the last frame
};

}  // namespace kefu
