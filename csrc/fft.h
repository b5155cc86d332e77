// Power spectra of real frames of 256, 400 or 512 samples.
//
// A real frame of N samples is taken as N/2 complex ones (even samples real, odd ones imaginary),
// transformed in place by mixed radices with decimation in frequency (Cooley and Tukey, 1965), and
// split into the N/2 + 1 bins of the real frame. The arithmetic is written over a type V: F8 (eight
// frames at once) on the host, float on the device. No product is fused with a sum: all paths give
// the same bits.
#pragma once

#include <cstdint>

#include "host_device.h"
#include "simd.h"

namespace kefu {

// Everything that depends on the size alone; plain memory, so that a device takes a copy.
struct FftTables {
  static constexpr int kMostSamples = 512;
  static constexpr int kMostBins = kMostSamples / 2 + 1;
  static constexpr int kMostStages = 3;

  int samples;  // N
  int stages;
  int radix[kMostStages];
  // (cos, sin) of -2 pi j p / L for each stage of length L, j of 0..L/radix - 1, p of 1..radix - 1.
  float twiddle[kMostSamples];
  // (cos, sin) of -2 pi k / N for k of 0..N/4.
  float split[kMostSamples / 2 + 2];
  // Where the stages leave complex bin k.
  int16_t place[kMostSamples / 2];

  KEFU_HD int half() const { return samples / 2; }
  KEFU_HD int bins() const { return samples / 2 + 1; }
};

// samples: 256, 400 or 512. Throws std::invalid_argument.
FftTables make_fft(int samples);

// frames: (samples, 8), sample n of eight frames; overwritten. power: (bins, 8), |X[k]|^2.
void power_spectra(const FftTables& tables, F8* frames, F8* power, Path path);

template <typename V>
struct Complex {
  V re;
  V im;
};

template <typename V>
KEFU_HD KEFU_INLINE Complex<V> operator+(Complex<V> a, Complex<V> b) {
  return {a.re + b.re, a.im + b.im};
}

template <typename V>
KEFU_HD KEFU_INLINE Complex<V> operator-(Complex<V> a, Complex<V> b) {
  return {a.re - b.re, a.im - b.im};
}

template <typename V>
KEFU_HD KEFU_INLINE Complex<V> scaled(Complex<V> a, float factor) {
  return {a.re * factor, a.im * factor};
}

// -i a.
template <typename V>
KEFU_HD KEFU_INLINE Complex<V> turned(Complex<V> a) {
  return {a.im, -a.re};
}

template <typename V>
KEFU_HD KEFU_INLINE Complex<V> times(Complex<V> a, float cosine, float sine) {
  return {a.re * cosine - a.im * sine, a.re * sine + a.im * cosine};
}

template <typename V>
KEFU_HD KEFU_INLINE void dft4(Complex<V>& x0, Complex<V>& x1, Complex<V>& x2, Complex<V>& x3) {
  const Complex<V> a = x0 + x2, b = x0 - x2, c = x1 + x3, d = turned(x1 - x3);
  x0 = a + c;
  x1 = b + d;
  x2 = a - c;
  x3 = b - d;
}

// The DFT of 4, 5 or 8 values, in place, in natural order.
template <int radix, typename V>
KEFU_HD KEFU_INLINE void dft(Complex<V>* x) {
  static_assert(radix == 4 || radix == 5 || radix == 8, "radices that have a butterfly");
  if constexpr (radix == 4) {
    dft4(x[0], x[1], x[2], x[3]);
  } else if constexpr (radix == 5) {
    constexpr float kCos1 = 0.309016994F, kCos2 = -0.809016994F;  // of 2 pi / 5, of 4 pi / 5
    constexpr float kSin1 = 0.951056516F, kSin2 = 0.587785252F;
    const Complex<V> sum1 = x[1] + x[4], sum2 = x[2] + x[3];
    const Complex<V> difference1 = x[1] - x[4], difference2 = x[2] - x[3];
    const Complex<V> even1 = x[0] + scaled(sum1, kCos1) + scaled(sum2, kCos2);
    const Complex<V> even2 = x[0] + scaled(sum1, kCos2) + scaled(sum2, kCos1);
    const Complex<V> odd1 = turned(scaled(difference1, kSin1) + scaled(difference2, kSin2));
    const Complex<V> odd2 = turned(scaled(difference1, kSin2) - scaled(difference2, kSin1));
    x[0] = x[0] + sum1 + sum2;
    x[1] = even1 + odd1;
    x[4] = even1 - odd1;
    x[2] = even2 + odd2;
    x[3] = even2 - odd2;
  } else {
    constexpr float kRoot = 0.707106781F;
    dft4(x[0], x[2], x[4], x[6]);
    dft4(x[1], x[3], x[5], x[7]);
    const Complex<V> odd1 = scaled(x[3] + turned(x[3]), kRoot);
    const Complex<V> odd2 = turned(x[5]);
    const Complex<V> odd3 = scaled(turned(x[7]) - x[7], kRoot);
    const Complex<V> even0 = x[0], even1 = x[2], even2 = x[4], even3 = x[6], odd0 = x[1];
    x[0] = even0 + odd0;
    x[1] = even1 + odd1;
    x[2] = even2 + odd2;
    x[3] = even3 + odd3;
    x[4] = even0 - odd0;
    x[5] = even1 - odd1;
    x[6] = even2 - odd2;
    x[7] = even3 - odd3;
  }
}

// One butterfly of a stage: values `apart` complex samples from each other, the first one at
// `data`; its radix - 1 twiddles.
template <int radix, typename V>
KEFU_HD KEFU_INLINE void butterfly(V* data, int apart, const float* twiddle) {
  Complex<V> x[radix];
  for (int q = 0; q < radix; ++q) x[q] = {data[2 * apart * q], data[2 * apart * q + 1]};
  dft<radix>(x);
  for (int p = 0; p < radix; ++p) {
    if (p > 0) x[p] = times(x[p], twiddle[2 * p - 2], twiddle[2 * p - 1]);
    data[2 * apart * p] = x[p].re;
    data[2 * apart * p + 1] = x[p].im;
  }
}

// Bins k and N/2 - k of the real frame, 0 < k < N/4, from those of the complex one, a = Z[k] and
// b = Z[N/2 - k]: with E = (a + b*) / 2 and O = (a - b*) / 2i, X[k] = E + W^k O and
// X[N/2 - k] = (E - W^k O)*, where * conjugates and W = exp(-2 pi i / N).
template <typename V>
KEFU_HD KEFU_INLINE void split_power(Complex<V> a, Complex<V> b, float cosine, float sine, V& low,
                                     V& high) {
  const Complex<V> even = {a.re + b.re, a.im - b.im};  // 2 E
  const Complex<V> odd = times(turned(Complex<V>{a.re - b.re, a.im + b.im}), cosine, sine);
  const Complex<V> first = even + odd, second = even - odd;
  low = (first.re * first.re + first.im * first.im) * 0.25F;
  high = (second.re * second.re + second.im * second.im) * 0.25F;
}

}  // namespace kefu
