#include "caller_leg.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace kefu {

CallerLeg::CallerLeg(const Codec& codec)
    : codec_(codec),
      concealer_(codec.rate_hz()),
      ring_(codec.samples_of(kRingMs), 0),
      decoded_(codec.caller_frame_samples()),
      invented_(codec.samples_of(Concealer::kConcealedMs)) {}

Received CallerLeg::receive(int64_t first_sample, const uint8_t* payload, size_t bytes) {
  const size_t expected = decoded_.size() * codec_.bytes_per_sample();
  if (bytes != expected) {
    throw std::invalid_argument("frame_size: payload has " + std::to_string(bytes) +
                                " bytes, expected " + std::to_string(expected));
  }
  const int64_t gap = first_sample - next();
  if (gap > static_cast<int64_t>(ring_.capacity())) {
    throw std::out_of_range("bad_sequence: first_sample is " + std::to_string(first_sample) +
                            ", expected " + std::to_string(next()) + " to " +
                            std::to_string(next() + static_cast<int64_t>(ring_.capacity())));
  }
  const auto samples = static_cast<int64_t>(decoded_.size());
  Received received;
  if (gap > static_cast<int64_t>(invented_.size())) {
    received.lost = gap;
    lose(gap);
  } else if (gap > 0) {
    received.concealed = gap;
    conceal(gap);
  }
  received.dropped = std::min(samples, std::max<int64_t>(0, -gap));
  received.accepted = samples - received.dropped;
  if (received.accepted > 0) {
    codec_.decode(payload, decoded_.size(), decoded_.data());
    int16_t* const fresh = decoded_.data() + received.dropped;
    concealer_.received(fresh, static_cast<size_t>(received.accepted));
    append(fresh, static_cast<size_t>(received.accepted));
  }
  return received;
}

void CallerLeg::conceal(int64_t samples) {
  concealer_.conceal(invented_.data(), static_cast<size_t>(samples));
  append(invented_.data(), static_cast<size_t>(samples));
}

// Silence and not comfort noise: what listens here measures noise and waits for voice.
void CallerLeg::lose(int64_t samples) {
  concealer_.forget();
  ring_.push_silence(static_cast<size_t>(samples));
  if (!stretches_.empty()) begin_stretch();
}

void CallerLeg::append(const int16_t* pcm, size_t samples) {
  if (stretches_.empty()) begin_stretch();
  ring_.push(pcm, samples);
  stretches_.back().end = next();
}

Stretch CallerLeg::waiting() const {
  Stretch stretch{next(), next(), 0};
  for (size_t i = 0; i < stretches_.size(); ++i) {
    stretch = stretches_[i];
    stretch.first = std::max(stretch.first, oldest());
    if (stretch.first < stretch.end) break;
  }
  if (stretch.first >= stretch.end) return {next(), next(), 0};
  stretch.lost = stretch.first - taken_;
  return stretch;
}

void CallerLeg::take(int16_t* pcm) {
  const Stretch stretch = waiting();
  if (stretch.samples() == 0) return;
  ring_.copy(stretch.first, stretch.end, pcm);
  taken_ = stretch.end;
  while (!stretches_.empty() && stretches_.front().end <= taken_) stretches_.pop();
}

Level CallerLeg::level() const {
  std::array<int16_t, kLongest20Ms> newest;
  const auto samples = std::min(static_cast<int64_t>(codec_.samples_of(20)), next());
  ring_.copy(next() - samples, next(), newest.data());
  return level_of(newest.data(), static_cast<size_t>(samples));
}

int64_t CallerLeg::oldest() const {
  return std::max<int64_t>(0, next() - static_cast<int64_t>(ring_.capacity()));
}

}  // namespace kefu
