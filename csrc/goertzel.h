// Goertzel's algorithm (Amer. Math. Monthly 65, 1958) at 8, 16 … frequencies at once: what a block
// of samples has of each, as amplitude and phase.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "simd.h"

namespace kefu {

// One complex number a frequency: sum over n of x[n] e^(j w (N - 1 - n)).
template <size_t frequencies>
struct Correlations {
  alignas(32) std::array<float, frequencies> real{};
  alignas(32) std::array<float, frequencies> imaginary{};
};

// The lanes are frequencies and products are not fused: the same bits on every path.
template <typename V, size_t groups>
KEFU_INLINE void goertzel_body(const float* samples, size_t count, const float* cosines,
                               const float* sines, float* real, float* imaginary) {
  V twice[groups];
  V last[groups];
  V before[groups];
  for (size_t g = 0; g < groups; ++g) {
    const V cosine = load<V>(cosines + 8 * g);
    twice[g] = cosine + cosine;
    last[g] = all<V>(0.0F);
    before[g] = all<V>(0.0F);
  }
  for (size_t n = 0; n < count; ++n) {
    const V sample = all<V>(samples[n]);
    for (size_t g = 0; g < groups; ++g) {
      const V next = (sample - before[g]) + twice[g] * last[g];
      before[g] = last[g];
      last[g] = next;
    }
  }
  for (size_t g = 0; g < groups; ++g) {
    store(real + 8 * g, last[g] - load<V>(cosines + 8 * g) * before[g]);
    store(imaginary + 8 * g, load<V>(sines + 8 * g) * before[g]);
  }
}

template <size_t groups>
KEFU_AVX2 void goertzel_avx2(const float* samples, size_t count, const float* cosines,
                             const float* sines, float* real, float* imaginary) {
  goertzel_body<F8, groups>(samples, count, cosines, sines, real, imaginary);
}

template <size_t frequencies>
class GoertzelBank {
  static_assert(frequencies % 8 == 0);

 public:
  GoertzelBank(const std::array<float, frequencies>& hz, int rate_hz) {
    for (size_t f = 0; f < frequencies; ++f) {
      const double radians = 2.0 * std::acos(-1.0) * static_cast<double>(hz[f]) / rate_hz;
      cosines_[f] = static_cast<float>(std::cos(radians));
      sines_[f] = static_cast<float>(std::sin(radians));
    }
  }

  // samples: (count,) of one block.
  Correlations<frequencies> correlate(const float* samples, size_t count, Path path) const {
    Correlations<frequencies> result;
    const auto body = path == Path::kPortable ? goertzel_portable : goertzel_avx2<frequencies / 8>;
    body(samples, count, cosines_.data(), sines_.data(), result.real.data(),
         result.imaginary.data());
    return result;
  }

 private:
  static void goertzel_portable(const float* samples, size_t count, const float* cosines,
                                const float* sines, float* real, float* imaginary) {
    goertzel_body<Halves, frequencies / 8>(samples, count, cosines, sines, real, imaginary);
  }

  alignas(32) std::array<float, frequencies> cosines_{};
  alignas(32) std::array<float, frequencies> sines_{};
};

}  // namespace kefu
