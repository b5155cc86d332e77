#include "agent_leg.h"

#include <algorithm>

namespace kefu {

AgentLeg::AgentLeg(const Codec& codec)
    : codec_(codec),
      queue_(codec.samples_of(kQueueMs)),
      pcm_(codec.agent_frame_samples()),
      fade_(codec.samples_of(kFadeMs)) {}

bool AgentLeg::cut(int64_t utterance) {
  const bool waited = queue_.open() && queue_.front().utterance <= utterance;
  if (queue_.open() && queue_.front().utterance == sounding_ && sounding_ <= utterance) {
    Place from;
    fade_samples_ = queue_.pop(fade_.data(), fade_.size(), &from);
    for (size_t i = 0; i < fade_samples_; ++i) {
      const double fading =
          static_cast<double>(fade_samples_ - 1 - i) / static_cast<double>(fade_samples_);
      fade_[i] = scaled(fade_[i], gain_.next() * fading);
    }
    sounding_ = -1;
  }
  unsettled_ = std::max(unsettled_, utterance);
  queue_.drop(utterance);
  return waited;
}

bool AgentLeg::frame(uint8_t* payload) {
  if (paused()) return false;
  std::copy_n(fade_.data(), fade_samples_, pcm_.data());
  size_t filled = fade_samples_;
  fade_samples_ = 0;
  silent_ = filled == 0;
  sounding_ = -1;
  for (int run = 0; run < kRunsPerFrame && filled < pcm_.size(); ++run) {
    Place from;
    int16_t* const into = pcm_.data() + filled;
    const size_t popped = queue_.pop(into, pcm_.size() - filled, &from);
    if (popped == 0) break;
    for (size_t i = 0; i < popped; ++i) into[i] = scaled(into[i], gain_.next());
    map_.add(next_ + static_cast<int64_t>(filled), from, static_cast<int64_t>(popped));
    filled += popped;
    silent_ = false;
    if (filled == pcm_.size()) sounding_ = from.utterance;
  }
  gain_.skip(pcm_.size() - filled);
  std::fill(pcm_.begin() + static_cast<std::ptrdiff_t>(filled), pcm_.end(), int16_t{0});
  codec_.encode(pcm_.data(), pcm_.size(), payload);
  next_ += static_cast<int64_t>(pcm_.size());
  return true;
}

void AgentLeg::set_taken(int64_t sample) { taken_ = std::max(taken_, std::min(sample, next_)); }

Place AgentLeg::settle(int64_t first_dropped) {
  if (unsettled_ < 0) return {};
  const int64_t utterance = unsettled_;
  unsettled_ = -1;
  map_.unhear(utterance, first_dropped);
  return {utterance, map_.heard_of(utterance, first_dropped)};
}

}  // namespace kefu
