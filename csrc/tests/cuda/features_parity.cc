// Spectrograms and energies of a batch on the device against the host's: 77 where no device is.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <random>
#include <vector>

#include "cuda.h"
#include "fbank.h"
#include "log_mel.h"
#include "on_device.h"

namespace kefu {
namespace {

using test::OnDevice;

constexpr int kCalls = 5;
constexpr int kStride = 48000;
constexpr int kPadded = 64000;
constexpr int32_t kSamples[kCalls] = {1, 400, 16000, 31234, 48000};
constexpr double kTolerance = 1e-5;  // relative, and of values below 1 absolute

bool near(const char* what, const std::vector<float>& got, const std::vector<float>& expected) {
  double worst = got.size() == expected.size() ? 0 : INFINITY;
  for (size_t n = 0; n < got.size() && n < expected.size(); ++n) {
    const auto value = static_cast<double>(expected[n]);
    const double error = std::abs(static_cast<double>(got[n]) - value);
    worst = std::fmax(worst, error / std::max(1.0, std::abs(value)));
  }
  std::printf("%s %s: worst difference %.3g\n", worst <= kTolerance ? "ok  " : "FAIL", what, worst);
  return worst <= kTolerance;
}

std::vector<float> noise() {
  std::mt19937 random(3);
  std::normal_distribution<float> value(0.0F, 0.1F);
  std::vector<float> audio(size_t{kCalls} * kStride);
  for (float& sample : audio) sample = value(random);
  return audio;
}

bool log_mel_is_the_hosts(const std::vector<float>& audio, int bands) {
  const size_t size = static_cast<size_t>(bands) * LogMel::frames(kPadded);
  std::vector<float> expected(kCalls * size);
  for (size_t call = 0; call < kCalls; ++call) {
    LogMel mel(bands, kStride);
    const auto samples = static_cast<size_t>(kSamples[call]);
    mel.push(audio.data() + call * kStride, samples);
    mel.spectrogram(samples, kPadded, expected.data() + call * size);
  }
  const OnDevice<LogMelTables> tables(&log_mel_tables(bands), 1);
  const OnDevice<float> heard(audio.data(), audio.size());
  const OnDevice<int32_t> samples(kSamples, kCalls);
  const OnDevice<uint32_t> loudest(kCalls);
  const OnDevice<float> out(expected.size());
  cuda::log_mel(tables.data(), bands, heard.data(), samples.data(), kCalls, kStride, kPadded,
                loudest.data(), out.data(), nullptr);
  return near(bands == 80 ? "log_mel, 80 bands" : "log_mel, 128 bands", out.back(), expected);
}

bool fbank_is_the_hosts(const std::vector<float>& audio, int rate_hz) {
  FbankOptions options;
  options.rate_hz = rate_hz;
  const auto made = std::make_unique<FbankTables>(make_fbank_tables(options));
  const size_t most = Fbank(options).frames(kStride);
  const size_t size = most * static_cast<size_t>(options.bands);
  std::vector<float> expected(kCalls * size, 0.0F);
  for (size_t call = 0; call < kCalls; ++call) {
    Fbank fbank(options);
    fbank.push(audio.data() + call * kStride, static_cast<size_t>(kSamples[call]),
               expected.data() + call * size);
  }
  const OnDevice<FbankTables> tables(made.get(), 1);
  const OnDevice<float> heard(audio.data(), audio.size());
  const OnDevice<int32_t> samples(kSamples, kCalls);
  const OnDevice<float> out(expected.size());
  cuda::fbank(tables.data(), heard.data(), samples.data(), kCalls, kStride, static_cast<int>(most),
              out.data(), nullptr);
  return near(rate_hz == 8000 ? "fbank, 8 kHz" : "fbank, 16 kHz", out.back(), expected);
}

int run() {
  if (cuda::device_count() == 0) {
    std::puts("no device");
    return 77;
  }
  const std::vector<float> audio = noise();
  bool good = true;
  for (const int bands : {80, 128}) good = log_mel_is_the_hosts(audio, bands) && good;
  for (const int rate_hz : {8000, 16000}) good = fbank_is_the_hosts(audio, rate_hz) && good;
  return good ? 0 : 1;
}

}  // namespace
}  // namespace kefu

int main() { return kefu::run(); }
