// The device draws the token that the host draws. 77: no device.
#include <cuda_runtime_api.h>

#include <cstdio>
#include <random>
#include <vector>

#include "cuda.h"
#include "sampling.h"

namespace {

template <typename T>
T* on_device(const std::vector<T>& values) {
  void* memory = nullptr;
  kefu::cuda::check(cudaMalloc(&memory, values.size() * sizeof(T)), "cudaMalloc");
  kefu::cuda::check(
      cudaMemcpy(memory, values.data(), values.size() * sizeof(T), cudaMemcpyHostToDevice),
      "cudaMemcpy");
  return static_cast<T*>(memory);
}

}  // namespace

int main() {
  if (kefu::cuda::device_count() == 0) {
    std::puts("skipped: no device");
    return 77;
  }
  const size_t rows = 32, size = 21128, said = 20;
  std::mt19937 random(1);
  std::normal_distribution<float> normal(0.0f, 3.0f);
  std::vector<float> logits(rows * size);
  for (float& logit : logits) logit = std::round(normal(random) * 64) / 64;  // with ties
  std::vector<int32_t> history(rows * said), tokens(rows);
  for (int32_t& token : history) token = static_cast<int32_t>(random() % size) - 1;
  float* const device_logits = on_device(logits);
  float* const work = on_device(logits);
  const int32_t* const device_history = on_device(history);
  int32_t* const device_tokens = on_device(tokens);
  kefu::Sampler sampler(size);
  int differ = 0;
  for (const float temperature : {0.0f, 0.8f}) {
    for (const int64_t top_k : {0, 50}) {
      for (const double top_p : {0.9, 1.0}) {
        const kefu::SamplingRule rule{temperature, top_k, top_p, 1.2f};
        for (uint64_t step = 0; step < 8; ++step) {
          kefu::cuda::sample({device_logits, rows, size, device_history, said, nullptr, 7, step},
                             rule, work, device_tokens, nullptr);
          kefu::cuda::check(cudaMemcpy(tokens.data(), device_tokens, rows * sizeof(int32_t),
                                       cudaMemcpyDeviceToHost),
                            "cudaMemcpy");
          for (size_t row = 0; row < rows; ++row) {
            sampler.choose(logits.data() + row * size, history.data() + row * said, said, rule);
            differ += sampler.draw(7, row, step).number != tokens[row];
          }
        }
      }
    }
  }
  std::printf("%d of %zu draws differ\n", differ, rows * 64);
  return differ == 0 ? 0 : 1;
}
