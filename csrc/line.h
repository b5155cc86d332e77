// One call's telephone line, both directions, and what is measured on it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent_leg.h"
#include "caller_leg.h"
#include "codec.h"
#include "echo.h"
#include "level_meter.h"
#include "noise_floor.h"

namespace kefu {

// Allocates in its constructor only. Not thread-safe.
struct Line {
  // As Codec. Throws std::invalid_argument.
  Line(const std::string& name, int64_t rate_hz, int64_t frame_ms);

  // As AgentLeg::frame; what leaves may come back as echo.
  bool frame(uint8_t* payload);

  // As CallerLeg::take; returns the likelihood that all of it is our echo (EchoMeter).
  double take(int16_t* pcm);

  // Of the last 20 ms that came, and of the last frame that left, as it was coded.
  Level caller_level() const { return caller.level(); }
  Level agent_level() const { return level_of(sent_.data(), sent_.size()); }

  Codec codec;
  CallerLeg caller;
  AgentLeg agent;
  EchoMeter echo;
  NoiseFloor noise;

 private:
  std::vector<int16_t> sent_;  // the last frame
};

}  // namespace kefu
