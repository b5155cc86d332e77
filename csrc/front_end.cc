#include "front_end.h"

#include <algorithm>
#include <cmath>

#include "argument.h"

namespace kefu {
namespace {

constexpr size_t kMostBatch = 1024;

}  // namespace

FrontEnd::FrontEnd(size_t batch)
    : batch_(checked("batch", batch, size_t{1}, kMostBatch)),
      input_(batch * CallerEar::kInput),
      state_(batch * 2 * CallerEar::kHidden) {
  rows_.reserve(batch);
  changes_.reserve(2 * batch);
}

void FrontEnd::tick(const Heard* heard, size_t calls) {
  for (size_t i = 0; i < calls; ++i) heard[i].ear->check_lost(heard[i].lost);
  ears_.reserve(calls);
  ears_.clear();
  for (size_t i = 0; i < calls; ++i) {
    const Heard& one = heard[i];
    ears_.push_back(one.ear);
    one.ear->hear(one.pcm, one.samples, one.lost, one.echoed);
  }
  gather();
}

const std::vector<Change>& FrontEnd::answer(const float* probabilities, const float* states) {
  const size_t rows = rows_.size();
  for (size_t row = 0; row < rows; ++row) {
    checked("probabilities", probabilities[row], 0.0F, 1.0F);
  }
  for (size_t i = 0; i < 2 * rows * CallerEar::kHidden; ++i) {
    if (!std::isfinite(states[i])) refuse("states", states[i], "a finite number");
  }
  changes_.clear();
  for (size_t row = 0; row < rows; ++row) {
    CallerEar& ear = *ears_[rows_[row]];
    if (ear.take_stop()) changes_.push_back({rows_[row], Edge::kStopped, ear.voice_end()});
    const float* const layer0 = states + row * CallerEar::kHidden;
    const Edge edge = ear.answer(static_cast<double>(probabilities[row]), layer0,
                                 layer0 + rows * CallerEar::kHidden);
    if (edge == Edge::kNone) continue;
    const int64_t sample = edge == Edge::kStarted ? ear.voice_start() : ear.voice_end();
    changes_.push_back({rows_[row], edge, sample});
  }
  gather();
  return changes_;
}

void FrontEnd::gather() {
  rows_.clear();
  for (size_t i = 0; i < ears_.size() && rows_.size() < batch_; ++i) {
    if (ears_[i]->draw()) rows_.push_back(i);
  }
  const size_t rows = rows_.size();
  for (size_t row = 0; row < rows; ++row) {
    const CallerEar& ear = *ears_[rows_[row]];
    std::copy_n(ear.input(), CallerEar::kInput, input_.data() + row * CallerEar::kInput);
    for (size_t layer = 0; layer < 2; ++layer) {
      std::copy_n(ear.state(layer), CallerEar::kHidden,
                  state_.data() + (layer * rows + row) * CallerEar::kHidden);
    }
  }
}

}  // namespace kefu
