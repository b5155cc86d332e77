#include "voice_edges.h"

#include <cmath>
#include <stdexcept>

#include "check.h"

namespace {

using kefu::Edge;
using kefu::VoiceEdges;
using kefu::VoiceRule;

constexpr VoiceRule kRule{256, 8000, 0.5, 0.35, 64, 96};

int code(Edge edge) { return static_cast<int>(edge); }

KEFU_CASE(voice_starts_and_stops_at_its_windows) {
  VoiceEdges edges(kRule);
  edges.push(0.1);
  KEFU_EQUAL(code(edges.push(0.9)), code(Edge::kNone));
  KEFU_EQUAL(code(edges.push(0.4)), code(Edge::kNone));  // between: neither
  KEFU_EQUAL(code(edges.push(0.5)), code(Edge::kStarted));
  KEFU_EQUAL(edges.voice_start(), 256);
  KEFU_EQUAL(edges.voice_end(), 1024);
  KEFU_EQUAL(edges.voiced_samples(), 512);
  edges.push(0.36);
  KEFU_EQUAL(edges.voice_end(), 1280);
  edges.push(0.1);
  edges.push(0.1);
  edges.push(0.4);  // ends the silence
  edges.push(0.1);
  edges.push(0.1);
  KEFU_CHECK(edges.voiced());
  KEFU_EQUAL(code(edges.push(0.1)), code(Edge::kStopped));
  KEFU_EQUAL(edges.silence_samples(), 768);
  KEFU_CHECK(!edges.voiced());
}

KEFU_CASE(a_silent_window_ends_a_candidate) {
  VoiceEdges edges(kRule);
  edges.push(0.9);
  edges.push(0.2);
  KEFU_EQUAL(code(edges.push(0.9)), code(Edge::kNone));
  KEFU_EQUAL(code(edges.push(0.9)), code(Edge::kStarted));
  KEFU_EQUAL(edges.voice_start(), 512);
}

KEFU_CASE(skipped_samples_are_silence) {
  VoiceEdges edges(kRule);
  edges.push(0.9);
  edges.push(0.9);
  KEFU_EQUAL(code(edges.skip(0)), code(Edge::kNone));
  KEFU_EQUAL(code(edges.skip(767)), code(Edge::kNone));
  KEFU_EQUAL(code(edges.skip(1)), code(Edge::kStopped));
  KEFU_THROWS(std::invalid_argument, edges.skip(-1));
  KEFU_THROWS(std::invalid_argument, edges.skip(int64_t{1} << 53));
  edges.reset_utterance();
  KEFU_EQUAL(edges.voiced_samples(), 0);
}

KEFU_CASE(what_makes_no_sense_is_refused) {
  KEFU_THROWS(std::invalid_argument, VoiceEdges({0, 8000, 0.5, 0.35, 64, 96}));
  KEFU_THROWS(std::invalid_argument, VoiceEdges({256, 0, 0.5, 0.35, 64, 96}));
  KEFU_THROWS(std::invalid_argument, VoiceEdges({256, 8000, 1.5, 0.35, 64, 96}));
  KEFU_THROWS(std::invalid_argument, VoiceEdges({256, 8000, 0.5, 0.6, 64, 96}));
  KEFU_THROWS(std::invalid_argument, VoiceEdges({256, 8000, 0.5, 0.35, -1, 96}));
  VoiceEdges edges(kRule);
  KEFU_THROWS(std::invalid_argument, edges.push(std::nan("")));
  KEFU_THROWS(std::invalid_argument, edges.push(-0.1));
  KEFU_EQUAL(edges.silence_samples(), 0);
}

}  // namespace
