// One call's telephone line, both directions.
#pragma once

#include <cstdint>
#include <string>

#include "agent_leg.h"
#include "caller_leg.h"
#include "codec.h"

namespace kefu {

// Allocates in its constructor only. Not thread-safe.
struct Line {
  // As Codec. Throws std::invalid_argument.
  Line(const std::string& name, int64_t rate_hz, int64_t frame_ms)
      : codec(name, rate_hz, frame_ms), caller(codec), agent(codec) {}

  Codec codec;
  CallerLeg caller;
  AgentLeg agent;
};

}  // namespace kefu
