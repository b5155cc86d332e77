#include "decimator.h"

#include <algorithm>
#include <cmath>

namespace kefu {
namespace {

constexpr size_t kTapsPerFactor = 8;
constexpr double kCutoff = 0.8;  // of half the rate out
constexpr double kPi = 3.14159265358979323846;

}  // namespace

Decimator::Decimator(size_t factor, size_t most)
    : factor_(factor),
      most_(most),
      taps_(kTapsPerFactor * factor),
      room_(kTapsPerFactor * factor - 1 + most) {
  const auto length = static_cast<double>(taps_.size());
  const double cutoff = kCutoff / static_cast<double>(factor);
  double gain = 0.0;
  std::vector<double> taps(taps_.size());
  for (size_t i = 0; i < taps.size(); ++i) {
    const double place = static_cast<double>(i) - (length - 1.0) / 2.0;  // never 0: even length
    const double window = 0.5 - 0.5 * std::cos(2.0 * kPi * (static_cast<double>(i) + 0.5) / length);
    taps[i] = window * std::sin(kPi * cutoff * place) / (kPi * place);
    gain += taps[i];
  }
  for (size_t i = 0; i < taps.size(); ++i) taps_[i] = static_cast<float>(taps[i] / gain);
}

size_t Decimator::push(const float* in, size_t samples, float* out) {
  if (factor_ == 1) {
    std::copy_n(in, samples, out);
    return samples;
  }
  const size_t before = taps_.size() - 1;
  std::copy_n(in, samples, room_.data() + before);
  size_t made = 0;
  for (; next_ < samples; next_ += factor_) {
    const float* const from = room_.data() + next_;
    Halves total = load<Halves>(taps_.data()) * load<Halves>(from);
    for (size_t i = 8; i < taps_.size(); i += 8) {
      total = total + load<Halves>(taps_.data() + i) * load<Halves>(from + i);
    }
    out[made++] = sum(total);
  }
  next_ -= samples;
  std::copy(room_.data() + samples, room_.data() + samples + before, room_.data());
  return made;
}

}  // namespace kefu
