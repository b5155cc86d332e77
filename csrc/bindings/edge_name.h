// How Python calls an edge.
#pragma once

#include "voice_edges.h"

namespace kefu::bindings {

inline const char* edge_name(Edge edge) {
  switch (edge) {
    case Edge::kStarted:
      return "started";
    case Edge::kStopped:
      return "stopped";
    case Edge::kNone:
      break;
  }
  return "";
}

}  // namespace kefu::bindings
