// Versions: 1. here: a thread a call. A slot has at most some hundred calls, so that a launch costs
// more than all of them; the twin is there for posteriors that are on the device already.
#include "emotion_fusion.h"

namespace kefu::cuda {
namespace {

constexpr unsigned kThreads = 128;

unsigned blocks(size_t calls) { return static_cast<unsigned>((calls + kThreads - 1) / kThreads); }

template <typename T>
__global__ void fuse(EmotionFusionRule<T> rule, size_t calls, const T* voice, const T* text,
                     const T* confidence, const T* trust, const uint8_t* present, T* fused,
                     T* weights, T* fused_confidence) {
  const size_t i = static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= calls) return;
  fused_confidence[i] =
      fuse_emotion(rule, voice + i * kEmotions, text + i * kEmotions, confidence + 2 * i,
                   trust + 2 * i, present + 2 * i, fused + i * kEmotions, weights + 2 * i);
}

template <typename T>
__global__ void weigh(size_t calls, const T* posterior, const T* class_weights, T* weighed) {
  const size_t i = static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i < calls) weigh_emotion(posterior + i * kEmotions, class_weights, weighed + i * kEmotions);
}

}  // namespace

template <typename T>
void fuse_emotions(const EmotionFusionRule<T>& rule, size_t calls, const T* voice, const T* text,
                   const T* confidence, const T* trust, const uint8_t* present, T* fused,
                   T* weights, T* fused_confidence, cudaStream_t stream) {
  check_emotion_rule(rule);
  if (calls == 0) return;
  fuse<<<blocks(calls), kThreads, 0, stream>>>(rule, calls, voice, text, confidence, trust, present,
                                               fused, weights, fused_confidence);
  check(cudaGetLastError(), "fuse_emotions");
}

template <typename T>
void weigh_emotions(size_t calls, const T* posterior, const T* class_weights, T* weighed,
                    cudaStream_t stream) {
  if (calls == 0) return;
  weigh<<<blocks(calls), kThreads, 0, stream>>>(calls, posterior, class_weights, weighed);
  check(cudaGetLastError(), "weigh_emotions");
}

template void fuse_emotions(const EmotionFusionRule<float>&, size_t, const float*, const float*,
                            const float*, const float*, const uint8_t*, float*, float*, float*,
                            cudaStream_t);
template void fuse_emotions(const EmotionFusionRule<double>&, size_t, const double*, const double*,
                            const double*, const double*, const uint8_t*, double*, double*, double*,
                            cudaStream_t);
template void weigh_emotions(size_t, const float*, const float*, float*, cudaStream_t);
template void weigh_emotions(size_t, const double*, const double*, double*, cudaStream_t);

}  // namespace kefu::cuda
