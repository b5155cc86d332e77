// Eight frames side by side, one in each lane.
#pragma once

#include "simd.h"

#if defined(__clang__) || __GNUC__ >= 12
#define KEFU_SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define KEFU_SHUFFLE(a, b, ...) __builtin_shuffle(a, b, I8{__VA_ARGS__})
#endif

namespace kefu {

// The same bits as another type of this size.
template <typename To, typename From>
KEFU_INLINE To same_bits(From from) {
  To to;
  std::memcpy(&to, &from, sizeof to);
  return to;
}

// ln x of x = 2^e m, m in [sqrt(1/2), sqrt 2): e ln 2 + 2 artanh((m - 1) / (m + 1)), of whose
// series five terms are left: relative error below 4e-7. x: positive and normal.
template <typename F, typename I>
KEFU_INLINE F natural_log_of(F x) {
  constexpr int32_t kRootHalf = 0x3F3504F3;
  constexpr int32_t kExponent = -0x00800000;
  const I bits = same_bits<I>(x) - kRootHalf;
  const F mantissa = same_bits<F>(same_bits<I>(x) - (bits & kExponent));
  const F exponent = __builtin_convertvector(bits >> 23, F);
  const F ratio = (mantissa - 1.0F) / (mantissa + 1.0F);
  const F square = ratio * ratio;
  F series = square * (2.0F / 9) + 2.0F / 7;
  series = series * square + 2.0F / 5;
  series = series * square + 2.0F / 3;
  series = series * square + 2.0F;
  return exponent * 0.693147181F + ratio * series;
}

KEFU_INLINE F8 natural_log(F8 x) { return natural_log_of<F8, I8>(x); }
KEFU_INLINE Halves natural_log(Halves x) {
  return {natural_log_of<F4, I4>(x.low), natural_log_of<F4, I4>(x.high)};
}

// Row r, column c to row c, column r.
KEFU_INLINE void transpose8(F8* rows) {
  F8 pairs[8], fours[8];
  for (int r = 0; r < 8; r += 2) {
    pairs[r] = KEFU_SHUFFLE(rows[r], rows[r + 1], 0, 8, 2, 10, 4, 12, 6, 14);
    pairs[r + 1] = KEFU_SHUFFLE(rows[r], rows[r + 1], 1, 9, 3, 11, 5, 13, 7, 15);
  }
  for (int r = 0; r < 8; r += 4) {
    for (int odd = 0; odd < 2; ++odd) {
      const F8 a = pairs[r + odd], b = pairs[r + 2 + odd];
      fours[r + odd] = KEFU_SHUFFLE(a, b, 0, 1, 8, 9, 4, 5, 12, 13);
      fours[r + 2 + odd] = KEFU_SHUFFLE(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
    }
  }
  for (int c = 0; c < 4; ++c) {
    rows[c] = KEFU_SHUFFLE(fours[c], fours[c + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    rows[c + 4] = KEFU_SHUFFLE(fours[c], fours[c + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
}

KEFU_INLINE void transpose8(Halves* rows) {
  float square[8][8];
  for (int r = 0; r < 8; ++r) store(square[r], rows[r]);
  float turned[8][8];
  for (int r = 0; r < 8; ++r) {
    for (int c = 0; c < 8; ++c) turned[c][r] = square[r][c];
  }
  for (int r = 0; r < 8; ++r) rows[r] = load<Halves>(turned[r]);
}

// Eight frames that begin `hop` samples after each other, `samples` each (a multiple of 8). lanes:
// (samples, 8).
template <typename V>
KEFU_INLINE void frame_lanes(const float* first, int hop, int samples, V* lanes) {
  for (int n = 0; n < samples; n += 8) {
    for (int frame = 0; frame < 8; ++frame) lanes[n + frame] = load<V>(first + frame * hop + n);
    transpose8(lanes + n);
  }
}

// The same times the window.
template <typename V>
KEFU_INLINE void windowed_lanes(const float* first, int hop, int samples, const float* window,
                                V* lanes) {
  frame_lanes(first, hop, samples, lanes);
  for (int n = 0; n < samples; ++n) lanes[n] = lanes[n] * window[n];
}

}  // namespace kefu
