// e^x and ln x, eight lanes at once, within 3e-7 of the value (relative; for ln beside 1:
// absolute).
#pragma once

#include "simd.h"

namespace kefu {

// The larger of each lane; `b` where one is NaN.
KEFU_INLINE F8 larger8(F8 a, F8 b) { return a > b ? a : b; }

// ln 2 in two parts: n times the first is exact for |n| < 2^15.
constexpr float kLn2High = 0.693359375f;
constexpr float kLn2Low = -2.12194440e-4f;

// e^x for x ≤ 88; 0 where the value would be below the smallest normal number, and for -inf.
// x = n ln 2 + r, |r| ≤ ln 2 / 2; e^r by a polynomial fitted to 4e-9.
template <bool fused>
KEFU_INLINE F8 exp8(F8 x) {
  const F8 least = all8(-87.0f);
  const F8 inside = larger8(x, least);
  const F8 rounder = all8(12582912.0f);  // 1.5 × 2^23: adding it rounds to the nearest integer
  const F8 shifted = fma8<fused>(inside, all8(1.44269504f), rounder);
  const F8 n = shifted - rounder;
  F8 r = fma8<fused>(n, all8(-kLn2High), inside);
  r = fma8<fused>(n, all8(-kLn2Low), r);
  F8 power = all8(1.375138e-3f);
  power = fma8<fused>(power, r, all8(8.3689233e-3f));
  power = fma8<fused>(power, r, all8(4.1669533e-2f));
  power = fma8<fused>(power, r, all8(0.16666518f));
  power = fma8<fused>(power, r, all8(0.49999988f));
  power = fma8<fused>(power, r * r, r) + 1.0f;
  I8 bits;
  std::memcpy(&bits, &shifted, sizeof bits);
  const I8 exponent = (bits << 23) + (127 << 23);  // the low bits of `shifted` are n
  F8 scale;
  std::memcpy(&scale, &exponent, sizeof scale);
  return x < least ? F8{} : power * scale;
}

// ln x for normal x > 0; -inf for 0.
// x = 2^n m, m in [√½, √2); ln m = 2 artanh(s), s = (m - 1) / (m + 1), by its series to s^9.
template <bool fused>
KEFU_INLINE F8 log8(F8 x) {
  I8 bits;
  std::memcpy(&bits, &x, sizeof bits);
  const int32_t root_half = 0x3F3504F3;
  const I8 n = (bits - root_half) >> 23;
  const I8 mantissa = bits - (n << 23);
  F8 m;
  std::memcpy(&m, &mantissa, sizeof m);
  const F8 s = (m - 1.0f) / (m + 1.0f);
  const F8 square = s * s;
  F8 series = all8(2.0f / 9.0f);
  series = fma8<fused>(series, square, all8(2.0f / 7.0f));
  series = fma8<fused>(series, square, all8(2.0f / 5.0f));
  series = fma8<fused>(series, square, all8(2.0f / 3.0f));
  const F8 exponent = __builtin_convertvector(n, F8);
  F8 value = fma8<fused>(series, square * s, exponent * kLn2Low) + 2.0f * s;
  value = fma8<fused>(exponent, all8(kLn2High), value);
  return x == 0.0f ? all8(-HUGE_VALF) : value;
}

}  // namespace kefu
