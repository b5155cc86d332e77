// Versions, naive to fast:
// 1. numpy for one call: an array for each of the eight classes' weights, then sums; a dozen small
//    arrays cost more than the arithmetic in them.
// 2. Here: a call's two rows are read once and its results written once. Eight classes of a call
//    are little enough that checking them costs as much as fusing them; more lanes gain nothing.
// 3. emotion_fusion.cu: a thread a call.
#include "emotion_fusion.h"

#include <cmath>
#include <string>

#include "argument.h"

namespace kefu {
namespace {

constexpr double kSumTolerance = 1e-3;

std::string in_row(const char* name, size_t row) {
  return std::string(name) + "[" + std::to_string(row) + "]";
}

template <typename T>
void check_weight(const char* name, T weight) {
  if (!(weight > static_cast<T>(0)) || !std::isfinite(weight)) {
    refuse(name, static_cast<double>(weight), "a finite number above 0");
  }
}

template <typename T>
void check_weights(const char* name, const ModalityWeights<T>& weights) {
  check_weight(name, weights.voice);
  check_weight(name, weights.text);
}

// The row's sum. Throws for what is negative or no number.
template <typename T>
double checked_sum(const char* name, size_t row, const T* values) {
  double total = 0.0;
  for (size_t i = 0; i < kEmotions; ++i) {
    const auto value = static_cast<double>(values[i]);
    if (!(value >= 0.0) || !std::isfinite(value)) {
      refuse(in_row(name, row), value, "finite numbers of 0 or more");
    }
    total += value;
  }
  return total;
}

template <typename T>
void check_posterior(const char* name, size_t row, const T* values) {
  const double total = checked_sum(name, row, values);
  if (!(std::abs(total - 1.0) <= kSumTolerance)) {
    refuse(in_row(name, row) + " sum", total, "1 within 0.001");
  }
}

}  // namespace

template <typename T>
void check_emotion_rule(const EmotionFusionRule<T>& rule) {
  check_weights("base", rule.base);
  check_weights("document_base", rule.document_base);
  for (const ModalityWeights<T>& row : rule.rows) check_weights("rows", row);
  checked("sure_above", rule.sure_above, static_cast<T>(0), static_cast<T>(1));
  check_weight("sure_factor", rule.sure_factor);
  for (const ModalityWeights<T>& row : rule.rows) {
    for (const T sure : {static_cast<T>(0), static_cast<T>(1)}) {
      const ModalityWeights<T> own = emotion_weights(row, rule, sure, sure);
      if (own.voice > static_cast<T>(0) && own.text > static_cast<T>(0)) continue;
      refuse("rows", "weights whose products are no numbers above 0", "less extreme ones");
    }
  }
}

template <typename T>
void fuse_emotions(const EmotionFusionRule<T>& rule, size_t calls, const T* voice, const T* text,
                   const T* confidence, const T* trust, const uint8_t* present, T* fused,
                   T* weights, T* fused_confidence) {
  check_emotion_rule(rule);
  for (size_t i = 0; i < calls; ++i) {
    for (size_t side = 0; side < 2; ++side) {
      if (present[2 * i + side] == 0) continue;
      checked("confidence", confidence[2 * i + side], static_cast<T>(0), static_cast<T>(1));
      checked("trust", trust[2 * i + side], static_cast<T>(0), static_cast<T>(1));
    }
    if (present[2 * i] != 0) check_posterior("voice", i, voice + i * kEmotions);
    if (present[2 * i + 1] != 0) check_posterior("text", i, text + i * kEmotions);
  }
  for (size_t i = 0; i < calls; ++i) {
    fused_confidence[i] =
        fuse_emotion(rule, voice + i * kEmotions, text + i * kEmotions, confidence + 2 * i,
                     trust + 2 * i, present + 2 * i, fused + i * kEmotions, weights + 2 * i);
  }
}

template <typename T>
void weigh_emotions(size_t calls, const T* posterior, const T* class_weights, T* weighed) {
  checked_sum("class_weights", 0, class_weights);
  for (size_t i = 0; i < calls; ++i) {
    const T* const row = posterior + i * kEmotions;
    checked_sum("posterior", i, row);
    T total = static_cast<T>(0);
    for (size_t k = 0; k < kEmotions; ++k) total += row[k] * class_weights[k];
    if (!(total > static_cast<T>(0)) || !std::isfinite(total)) {
      refuse(in_row("posterior", i) + " weighed sum", static_cast<double>(total),
             "a finite number above 0");
    }
  }
  for (size_t i = 0; i < calls; ++i) {
    weigh_emotion(posterior + i * kEmotions, class_weights, weighed + i * kEmotions);
  }
}

template void check_emotion_rule(const EmotionFusionRule<float>&);
template void check_emotion_rule(const EmotionFusionRule<double>&);
template void fuse_emotions(const EmotionFusionRule<float>&, size_t, const float*, const float*,
                            const float*, const float*, const uint8_t*, float*, float*, float*);
template void fuse_emotions(const EmotionFusionRule<double>&, size_t, const double*, const double*,
                            const double*, const double*, const uint8_t*, double*, double*,
                            double*);
template void weigh_emotions(size_t, const float*, const float*, float*);
template void weigh_emotions(size_t, const double*, const double*, double*);

}  // namespace kefu
