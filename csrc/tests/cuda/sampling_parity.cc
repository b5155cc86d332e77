// The device draws the token that the host draws. 77: no device.
#include <cstdio>
#include <random>
#include <vector>

#include "on_device.h"
#include "sampling.h"

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
  std::vector<int32_t> history(rows * said);
  for (int32_t& token : history) token = static_cast<int32_t>(random() % size) - 1;
  const kefu::test::OnDevice<float> device_logits(logits), work(logits.size());
  const kefu::test::OnDevice<int32_t> device_history(history), device_tokens(rows);
  kefu::Sampler sampler(size);
  int differ = 0;
  for (const float temperature : {0.0f, 0.8f}) {
    for (const int64_t top_k : {0, 50}) {
      for (const double top_p : {0.9, 1.0}) {
        const kefu::SamplingRule rule{temperature, top_k, top_p, 1.2f};
        for (uint64_t step = 0; step < 8; ++step) {
          kefu::cuda::sample(
              {device_logits.data(), rows, size, device_history.data(), said, nullptr, 7, step},
              rule, work.data(), device_tokens.data(), nullptr);
          const std::vector<int32_t> tokens = device_tokens.back();
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
