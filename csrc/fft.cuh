// The power spectrum of a frame by one warp, in shared memory: the host's butterflies, a thread
// each, and so its bits.
#pragma once

#include "fft.h"

namespace kefu::cuda {

constexpr int kWarp = 32;

template <int radix>
__device__ inline void warp_stage(float* data, int half, int length, const float* twiddle,
                                  int lane) {
  const int apart = length / radix;
  for (int each = lane; each < half / radix; each += kWarp) {
    const int block = each / apart, j = each % apart;
    butterfly<radix>(data + 2 * (block * length + j), apart, twiddle + 2 * (radix - 1) * j);
  }
  __syncwarp();
}

// data: (samples,), overwritten; power: (bins,). All lanes call it, after a __syncwarp.
__device__ inline void warp_power_spectrum(const FftTables& tables, float* data, float* power,
                                           int lane) {
  const int half = tables.half();
  const float* twiddle = tables.twiddle;
  int length = half;
  for (int stage = 0; stage < tables.stages; ++stage) {
    const int radix = tables.radix[stage];
    if (radix == 8) {
      warp_stage<8>(data, half, length, twiddle, lane);
    } else if (radix == 5) {
      warp_stage<5>(data, half, length, twiddle, lane);
    } else {
      warp_stage<4>(data, half, length, twiddle, lane);
    }
    twiddle += 2 * (radix - 1) * (length / radix);
    length /= radix;
  }
  const auto bin = [&](int k) {
    const float* const at = data + 2 * tables.place[k];
    return Complex<float>{at[0], at[1]};
  };
  if (lane == 0) {
    const Complex<float> first = bin(0), middle = bin(half / 2);
    power[0] = (first.re + first.im) * (first.re + first.im);
    power[half] = (first.re - first.im) * (first.re - first.im);
    power[half / 2] = middle.re * middle.re + middle.im * middle.im;
  }
  for (int k = 1 + lane; k < half / 2; k += kWarp) {
    split_power(bin(k), bin(half - k), tables.split[2 * k], tables.split[2 * k + 1], power[k],
                power[half - k]);
  }
  __syncwarp();
}

}  // namespace kefu::cuda
