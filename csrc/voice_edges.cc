#include "voice_edges.h"

#include <algorithm>

#include "argument.h"

namespace kefu {
namespace {

constexpr int64_t kMostMs = 60'000;
constexpr int64_t kMostRateHz = 192'000;
constexpr int64_t kMostSample = int64_t{1} << 53;

}  // namespace

VoiceEdges::VoiceEdges(const VoiceRule& rule) : rule_(rule) {
  checked("rate_hz", rule.rate_hz, int64_t{1}, kMostRateHz);
  checked("window", rule.window, int64_t{1}, rule.rate_hz);
  checked("on", rule.on, 0.0, 1.0);
  checked("off", rule.off, 0.0, rule.on);
  checked("start_ms", rule.start_ms, int64_t{0}, kMostMs);
  checked("stop_ms", rule.stop_ms, int64_t{0}, kMostMs);
}

Edge VoiceEdges::push(double probability) {
  checked("probability", probability, 0.0, 1.0);
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

Edge VoiceEdges::skip(int64_t samples) {
  checked("samples", samples, int64_t{0}, std::max(int64_t{0}, kMostSample - position_));
  return samples == 0 ? Edge::kNone : silence(samples);
}

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
