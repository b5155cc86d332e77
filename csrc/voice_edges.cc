#include "voice_edges.h"

#include <stdexcept>
#include <string>

namespace kefu {
namespace {

constexpr int64_t kMostMs = 60'000;
constexpr int64_t kMostRateHz = 192'000;

void check(const char* name, int64_t value, int64_t least, int64_t most) {
  if (value < least || value > most) {
    throw std::invalid_argument(std::string(name) + ": got " + std::to_string(value) +
                                ", expected " + std::to_string(least) + " to " +
                                std::to_string(most));
  }
}

void check(const char* name, double value, double least, double most) {
  if (!(value >= least && value <= most)) {  // also refuses NaN
    throw std::invalid_argument(std::string(name) + ": got " + std::to_string(value) +
                                ", expected " + std::to_string(least) + " to " +
                                std::to_string(most));
  }
}

}  // namespace

VoiceEdges::VoiceEdges(const VoiceRule& rule) : rule_(rule) {
  check("rate_hz", rule.rate_hz, 1, kMostRateHz);
  check("window", rule.window, 1, rule.rate_hz);
  check("on", rule.on, 0.0, 1.0);
  check("off", rule.off, 0.0, rule.on);
  check("start_ms", rule.start_ms, 0, kMostMs);
  check("stop_ms", rule.stop_ms, 0, kMostMs);
}

Edge VoiceEdges::push(double probability) {
  check("probability", probability, 0.0, 1.0);
  if (probability < rule_.off) return silence(rule_.window);
  const int64_t start = position_;
  position_ += rule_.window;
  if (voiced_) {
    silent_run_ = 0;
    voice_end_ = position_;
    voiced_samples_ += rule_.window;
    return Edge::kNone;
  }
  if (probability < rule_.on) return Edge::kNone;
  if (candidate_samples_ == 0) candidate_start_ = start;
  candidate_samples_ += rule_.window;
  if (candidate_samples_ * 1000 < rule_.start_ms * rule_.rate_hz) return Edge::kNone;
  voiced_ = true;
  silent_run_ = 0;
  voice_start_ = candidate_start_;
  voice_end_ = position_;
  voiced_samples_ += candidate_samples_;
  candidate_samples_ = 0;
  return Edge::kStarted;
}

Edge VoiceEdges::skip(int64_t samples) { return samples == 0 ? Edge::kNone : silence(samples); }

Edge VoiceEdges::silence(int64_t samples) {
  position_ += samples;
  candidate_samples_ = 0;
  if (!voiced_) return Edge::kNone;
  silent_run_ += samples;
  if (silent_run_ * 1000 < rule_.stop_ms * rule_.rate_hz) return Edge::kNone;
  voiced_ = false;
  return Edge::kStopped;
}

}  // namespace kefu
