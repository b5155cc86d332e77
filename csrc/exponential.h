// e^x and ln x, eight lanes at once, within 3e-7 of the value (relative; for ln beside 1:
// absolute).
#pragma once

#include "simd.h"

namespace kefu {

// ln 2 in two parts: n times the first is exact for |n| < 2^15.
constexpr float kLn2High = 0.693359375f;
constexpr float kLn2Low = -2.12194440e-4f;

// e^x for x ≤ 88; 0 where the value would be below the smallest normal number, and for -inf.
// x = n ln 2 + r, |r| ≤ ln 2 / 2; e^r by a polynomial fitted to 4e-9.
template <bool fused, typename F, typename I>
KEFU_INLINE F exp_of(F x) {
  const F zero{};
  const F least = zero - 87.0f;
  const F inside = x > least ? x : least;
  const F rounder = zero + 12582912.0f;  // 1.5 × 2^23: adding it rounds to the nearest integer
  const F shifted = fma8<fused>(inside, zero + 1.44269504f, rounder);
  const F n = shifted - rounder;
  F r = fma8<fused>(n, zero - kLn2High, inside);
  r = fma8<fused>(n, zero - kLn2Low, r);
  F power = zero + 1.375138e-3f;
  power = fma8<fused>(power, r, zero + 8.3689233e-3f);
  power = fma8<fused>(power, r, zero + 4.1669533e-2f);
  power = fma8<fused>(power, r, zero + 0.16666518f);
  power = fma8<fused>(power, r, zero + 0.49999988f);
  power = fma8<fused>(power, r * r, r) + 1.0f;
  I bits;
  std::memcpy(&bits, &shifted, sizeof bits);
  const I exponent = (bits << 23) + (127 << 23);  // the low bits of `shifted` are n
  F scale;
  std::memcpy(&scale, &exponent, sizeof scale);
  return x < least ? zero : power * scale;
}

template <bool fused>
KEFU_INLINE F8 exp8(F8 x) {
  return exp_of<fused, F8, I8>(x);
}
template <bool fused>
KEFU_INLINE Halves exp8(Halves x) {
  return {exp_of<fused, F4, I4>(x.low), exp_of<fused, F4, I4>(x.high)};
}

// ln x for normal x > 0; -inf for 0.
// x = 2^n m, m in [√½, √2); ln m = 2 artanh(s), s = (m - 1) / (m + 1), by its series to s^9.
template <bool fused, typename F, typename I>
KEFU_INLINE F log_of(F x) {
  const F zero{};
  I bits;
  std::memcpy(&bits, &x, sizeof bits);
  const int32_t root_half = 0x3F3504F3;
  const I n = (bits - root_half) >> 23;
  const I mantissa = bits - (n << 23);
  F m;
  std::memcpy(&m, &mantissa, sizeof m);
  const F s = (m - 1.0f) / (m + 1.0f);
  const F square = s * s;
  F series = zero + 2.0f / 9.0f;
  series = fma8<fused>(series, square, zero + 2.0f / 7.0f);
  series = fma8<fused>(series, square, zero + 2.0f / 5.0f);
  series = fma8<fused>(series, square, zero + 2.0f / 3.0f);
  const F exponent = __builtin_convertvector(n, F);
  F value = fma8<fused>(series, square * s, exponent * kLn2Low) + 2.0f * s;
  value = fma8<fused>(exponent, zero + kLn2High, value);
  return x == 0.0f ? zero - HUGE_VALF : value;
}

template <bool fused>
KEFU_INLINE F8 log8(F8 x) {
  return log_of<fused, F8, I8>(x);
}
template <bool fused>
KEFU_INLINE Halves log8(Halves x) {
  return {log_of<fused, F4, I4>(x.low), log_of<fused, F4, I4>(x.high)};
}

}  // namespace kefu
