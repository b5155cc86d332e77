// Host and device fuse alike, within 1e-5; 77 where no device is.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <random>
#include <vector>

#include "emotion_fusion.h"
#include "on_device.h"

namespace {

using kefu::test::OnDevice;

template <typename T>
int differences(const std::vector<T>& host, const std::vector<T>& device, const char* what) {
  int wrong = 0;
  for (size_t i = 0; i < host.size(); ++i) {
    if (std::abs(host[i] - device[i]) <= static_cast<T>(1e-5)) continue;
    ++wrong;
    std::printf("%s[%zu]: host %g, device %g\n", what, i, static_cast<double>(host[i]),
                static_cast<double>(device[i]));
  }
  return wrong;
}

template <typename T>
int compared(size_t calls) {
  std::mt19937 random(static_cast<unsigned>(calls));
  std::uniform_real_distribution<double> share(0.01, 1.0);
  const auto posteriors = [&] {
    std::vector<T> all(calls * kefu::kEmotions);
    for (size_t i = 0; i < calls; ++i) {
      double total = 0.0;
      std::vector<double> row(kefu::kEmotions);
      for (double& value : row) total += value = share(random);
      for (size_t k = 0; k < row.size(); ++k) {
        all[i * row.size() + k] = static_cast<T>(row[k] / total);
      }
    }
    return all;
  };
  const std::vector<T> voice = posteriors();
  const std::vector<T> text = posteriors();
  std::vector<T> confidence(2 * calls);
  std::vector<T> trust(2 * calls);
  std::vector<uint8_t> present(2 * calls);
  for (size_t i = 0; i < 2 * calls; ++i) {
    confidence[i] = static_cast<T>(share(random));
    trust[i] = static_cast<T>(share(random));
    present[i] = static_cast<uint8_t>(random() % 4 != 0);
  }
  kefu::EmotionFusionRule<T> rule;
  for (auto& row : rule.rows) row = {static_cast<T>(share(random)), static_cast<T>(share(random))};

  std::vector<T> fused(calls * kefu::kEmotions);
  std::vector<T> weights(2 * calls);
  std::vector<T> sure(calls);
  kefu::fuse_emotions(rule, calls, voice.data(), text.data(), confidence.data(), trust.data(),
                      present.data(), fused.data(), weights.data(), sure.data());
  OnDevice<T> device_voice(voice);
  OnDevice<T> device_text(text);
  OnDevice<T> device_confidence(confidence);
  OnDevice<T> device_trust(trust);
  OnDevice<uint8_t> device_present(present);
  OnDevice<T> device_fused(std::vector<T>(fused.size()));
  OnDevice<T> device_weights(std::vector<T>(weights.size()));
  OnDevice<T> device_sure(std::vector<T>(sure.size()));
  kefu::cuda::fuse_emotions(rule, calls, device_voice.data(), device_text.data(),
                            device_confidence.data(), device_trust.data(), device_present.data(),
                            device_fused.data(), device_weights.data(), device_sure.data(),
                            cudaStream_t{});
  int wrong = differences(fused, device_fused.back(), "fused");
  wrong += differences(weights, device_weights.back(), "weights");
  wrong += differences(sure, device_sure.back(), "confidence");

  const std::vector<T> class_weights(voice.begin(), voice.begin() + kefu::kEmotions);
  std::vector<T> weighed(voice.size());
  kefu::weigh_emotions(calls, voice.data(), class_weights.data(), weighed.data());
  OnDevice<T> device_classes(class_weights);
  OnDevice<T> device_weighed(std::vector<T>(weighed.size()));
  kefu::cuda::weigh_emotions(calls, device_voice.data(), device_classes.data(),
                             device_weighed.data(), cudaStream_t{});
  return wrong + differences(weighed, device_weighed.back(), "weighed");
}

}  // namespace

int main() {
  if (kefu::cuda::device_count() == 0) {
    std::puts("no device");
    return 77;
  }
  int wrong = 0;
  for (const size_t calls : {1U, 127U, 128U, 129U, 1000U}) {
    wrong += compared<float>(calls) + compared<double>(calls);
  }
  std::printf("%d differences\n", wrong);
  return wrong == 0 ? 0 : 1;
}
