// Voice and text as one feeling, for a batch of calls. Everything is an argument; nothing is kept.
//
// For each class: row of the table x (base / document's base), the sure modality's share raised,
// both normalised to 1, the posteriors added with these weights; then the sum normalised. The
// numbers are those of the document.
#pragma once

#include <cstddef>
#include <cstdint>

#include "fusion_weights.h"
#include "host_device.h"

namespace kefu {

constexpr size_t kEmotions = 8;

template <typename T>
struct ModalityWeights {
  T voice;
  T text;
};

template <typename T>
struct EmotionFusionRule {
  ModalityWeights<T> base{static_cast<T>(0.6), static_cast<T>(0.4)};
  // That the table was written beside: a base that is moved moves every row with it.
  ModalityWeights<T> document_base{static_cast<T>(0.6), static_cast<T>(0.4)};
  // Of each emotion, in the order of the posterior; one that the table does not know stands at the
  // document's base, which makes it the base.
  ModalityWeights<T> rows[kEmotions];
  T sure_above = static_cast<T>(0.75);  // a confidence above it
  T sure_factor = static_cast<T>(1.2);  // makes its modality count so much more
};

// The weights of one emotion, summing to 1.
template <typename T>
KEFU_HD inline ModalityWeights<T> emotion_weights(const ModalityWeights<T>& row,
                                                  const EmotionFusionRule<T>& rule,
                                                  T voice_confidence, T text_confidence) {
  const T voice = source_weight(row.voice, rule.base.voice, rule.document_base.voice,
                                voice_confidence, rule.sure_above, rule.sure_factor);
  const T text = source_weight(row.text, rule.base.text, rule.document_base.text, text_confidence,
                               rule.sure_above, rule.sure_factor);
  return {voice / (voice + text), text / (voice + text)};
}

// The class that has most, the first of equals.
template <typename T>
KEFU_HD inline size_t most_likely(const T* scores) {
  size_t best = 0;
  for (size_t i = 1; i < kEmotions; ++i) {
    if (scores[i] > scores[best]) best = i;
  }
  return best;
}

// One call. voice, text: (8,) posteriors. confidence: (2,) of voice and text. trust: (2,) what each
// posterior is multiplied by to be a confidence (text: the weight of its language). present: (2,) 0
// where a modality has nothing to say. fused: (8,). weights: (2,) of the emotion that has most.
// Returns its confidence.
//
// One modality alone is copied, with the weights 1 and 0; without any all is 0.
template <typename T>
KEFU_HD inline T fuse_emotion(const EmotionFusionRule<T>& rule, const T* voice, const T* text,
                              const T* confidence, const T* trust, const uint8_t* present, T* fused,
                              T* weights) {
  const bool by_voice = present[0] != 0;
  const bool by_text = present[1] != 0;
  weights[0] = static_cast<T>(by_voice ? 1 : 0);
  weights[1] = static_cast<T>(by_text ? 1 : 0);
  if (!by_voice || !by_text) {
    for (size_t i = 0; i < kEmotions; ++i) {
      fused[i] = by_voice ? voice[i] : by_text ? text[i] : static_cast<T>(0);
    }
    if (!by_voice && !by_text) return static_cast<T>(0);
    return fused[most_likely(fused)] * trust[by_voice ? 0 : 1];
  }
  T total = static_cast<T>(0);
  for (size_t i = 0; i < kEmotions; ++i) {
    const ModalityWeights<T> own =
        emotion_weights(rule.rows[i], rule, confidence[0], confidence[1]);
    fused[i] = own.voice * voice[i] + own.text * text[i];
    total += fused[i];
  }
  for (size_t i = 0; i < kEmotions; ++i) fused[i] /= total;
  const size_t best = most_likely(fused);
  const ModalityWeights<T> own =
      emotion_weights(rule.rows[best], rule, confidence[0], confidence[1]);
  weights[0] = own.voice;
  weights[1] = own.text;
  return (own.voice * voice[best] * trust[0] + own.text * text[best] * trust[1]) / total;
}

// One posterior times the weights of the classes, renormalised: before the class with most is
// taken. posterior, class_weights, weighed: (8,).
template <typename T>
KEFU_HD inline void weigh_emotion(const T* posterior, const T* class_weights, T* weighed) {
  T total = static_cast<T>(0);
  for (size_t i = 0; i < kEmotions; ++i) {
    weighed[i] = posterior[i] * class_weights[i];
    total += weighed[i];
  }
  for (size_t i = 0; i < kEmotions; ++i) weighed[i] /= total;
}

// All of `calls` calls, as above. voice, text, fused: (calls, 8). confidence, trust, present,
// weights: (calls, 2). fused_confidence: (calls,). T: float or double.
//
// Throws std::invalid_argument, and writes nothing, for weights that are not finite and positive, a
// confidence or trust beyond 0 to 1, and, of a modality that is present, a posterior with values
// that are negative or no numbers, or that does not sum to 1 within 0.001.
template <typename T>
void fuse_emotions(const EmotionFusionRule<T>& rule, size_t calls, const T* voice, const T* text,
                   const T* confidence, const T* trust, const uint8_t* present, T* fused,
                   T* weights, T* fused_confidence);

// posterior, weighed: (calls, 8), class_weights: (8,). Throws std::invalid_argument, and writes
// nothing, for values that are negative or no numbers and for rows that leave nothing.
template <typename T>
void weigh_emotions(size_t calls, const T* posterior, const T* class_weights, T* weighed);

// Throws std::invalid_argument for weights that are not finite and positive.
template <typename T>
void check_emotion_rule(const EmotionFusionRule<T>& rule);

}  // namespace kefu

// CUDA twins (KEFU_CUDA builds).
#ifdef KEFU_CUDA

#include "cuda.h"

namespace kefu::cuda {

// As above over device pointers, a thread a call, on `stream`; returns at once. Only the rule is
// checked: what the device holds was checked where it was made. Throws std::runtime_error.
template <typename T>
void fuse_emotions(const EmotionFusionRule<T>& rule, size_t calls, const T* voice, const T* text,
                   const T* confidence, const T* trust, const uint8_t* present, T* fused,
                   T* weights, T* fused_confidence, cudaStream_t stream);

template <typename T>
void weigh_emotions(size_t calls, const T* posterior, const T* class_weights, T* weighed,
                    cudaStream_t stream);

}  // namespace kefu::cuda

#endif  // KEFU_CUDA
