#include "decimator.h"

#include <cmath>
#include <vector>

#include "check.h"

namespace {

constexpr double kPi = 3.14159265358979323846;

std::vector<float> sine(size_t samples, double cycles_a_sample) {
  std::vector<float> wave(samples);
  for (size_t i = 0; i < samples; ++i) {
    wave[i] = static_cast<float>(std::sin(2.0 * kPi * cycles_a_sample * static_cast<double>(i)));
  }
  return wave;
}

double gain_db(size_t factor, double cycles_a_sample) {
  const auto wave = sine(4800, cycles_a_sample);
  kefu::Decimator decimator(factor, wave.size());
  std::vector<float> out(decimator.most_out());
  const size_t made = decimator.push(wave.data(), wave.size(), out.data());
  double power = 0.0;
  for (size_t i = made / 2; i < made; ++i) power += static_cast<double>(out[i]) * out[i];
  return 10.0 * std::log10(2.0 * power / static_cast<double>(made - made / 2) + 1e-12);
}

KEFU_CASE(low_tones_pass_and_high_ones_do_not) {
  for (const size_t factor : {2U, 3U}) {
    const double half = 0.5 / static_cast<double>(factor);  // of the rate out
    KEFU_NEAR(gain_db(factor, 0.3 * half), 0.0, 0.3);
    KEFU_CHECK(gain_db(factor, 1.6 * half) < -35.0);
  }
}

KEFU_CASE(any_chunking_gives_the_same_bits) {
  const auto wave = sine(1000, 0.03);
  for (const size_t factor : {1U, 2U, 3U}) {
    kefu::Decimator whole(factor, wave.size());
    std::vector<float> expected(whole.most_out());
    expected.resize(whole.push(wave.data(), wave.size(), expected.data()));
    for (const size_t piece : {1U, 7U, 160U}) {
      kefu::Decimator decimator(factor, piece);
      std::vector<float> out(wave.size() + 1);
      size_t made = 0;
      for (size_t at = 0; at < wave.size(); at += piece) {
        made +=
            decimator.push(wave.data() + at, std::min(piece, wave.size() - at), out.data() + made);
      }
      out.resize(made);
      KEFU_CHECK(out == expected);
    }
  }
}

KEFU_CASE(pushing_needs_no_memory) {
  const auto wave = sine(160, 0.1);
  kefu::Decimator decimator(2, wave.size());
  std::vector<float> out(decimator.most_out());
  KEFU_NO_ALLOCATION(decimator.push(wave.data(), wave.size(), out.data()));
}

}  // namespace
