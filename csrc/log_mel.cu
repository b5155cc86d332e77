// 1. A thread a bin, each a direct DFT of 400 samples by table: 160,000 products a frame.
// 2. A warp a frame: samples, transform and power stay in its share of shared memory; a thread a
//    butterfly, then a thread a band. The loudest of a call is an atomic maximum of keys.
// 3. Floor and scale need the loudest of all frames: a second kernel, behind it on the stream.
#include "cuda.h"
#include "fft.cuh"
#include "log_mel.h"

namespace kefu::cuda {
namespace {

constexpr int kWarps = 4;

// Keys sort as the floats do.
__device__ uint32_t sortable(float value) {
  const uint32_t bits = __float_as_uint(value);
  return bits >> 31 != 0 ? ~bits : bits | 0x80000000U;
}

__device__ float unsorted(uint32_t key) {
  return __uint_as_float(key >> 31 != 0 ? key & 0x7FFFFFFFU : ~key);
}

__global__ void logarithms(const LogMelTables* tables, const float* audio, const int32_t* samples,
                           int stride, int padded, uint32_t* loudest, float* out) {
  __shared__ float all_data[kWarps][LogMelTables::kWindow];
  __shared__ float all_power[kWarps][LogMelTables::kWindow / 2 + 1];
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int frames = padded / LogMelTables::kHop;
  const int frame = static_cast<int>(blockIdx.x) * kWarps + warp;
  const auto call = static_cast<int64_t>(blockIdx.y);
  if (frame >= frames) return;  // a warp as a whole

  float* const data = all_data[warp];
  float* const power = all_power[warp];
  const float* const heard = audio + call * stride;
  const int64_t first = int64_t{frame} * LogMelTables::kHop - LogMelTables::kWindow / 2;
  for (int n = lane; n < LogMelTables::kWindow; n += kWarp) {
    const int64_t at = reflected(first + n, padded);
    data[n] = at < samples[call] ? heard[at] * tables->hann[n] : 0.0F;
  }
  __syncwarp();
  warp_power_spectrum(tables->fft, data, power, lane);

  const int bands = tables->mel.bands;
  float most = -10.0F;
  for (int band = lane; band < bands; band += kWarp) {
    const float energy = band_energy(tables->mel, band, power);
    const float logarithm = logf(fmaxf(energy, kLeastMelEnergy)) * kLog10E;
    out[(call * bands + band) * frames + frame] = logarithm;
    most = fmaxf(most, logarithm);
  }
  for (int apart = kWarp / 2; apart > 0; apart /= 2) {
    most = fmaxf(most, __shfl_xor_sync(0xFFFFFFFFU, most, apart));
  }
  if (lane == 0) atomicMax(loudest + call, sortable(most));
}

__global__ void scale(const uint32_t* loudest, int64_t values, float* out) {
  const float most = unsorted(loudest[blockIdx.y]);
  const int64_t place = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (place >= values) return;
  float* const value = out + blockIdx.y * values + place;
  *value = log_mel_scaled(*value, most);
}

}  // namespace

void log_mel(const LogMelTables* tables, int bands, const float* audio, const int32_t* samples,
             int calls, int stride, int padded, uint32_t* loudest, float* out,
             cudaStream_t stream) {
  constexpr int kThreads = 256;
  const int frames = padded / LogMelTables::kHop;
  if (calls < 1 || frames < 1) return;
  const auto count = static_cast<unsigned>(calls);
  check(cudaMemsetAsync(loudest, 0, count * sizeof *loudest, stream), "log_mel: loudest");
  const dim3 groups(static_cast<unsigned>((frames + kWarps - 1) / kWarps), count);
  logarithms<<<groups, kWarps * kWarp, 0, stream>>>(tables, audio, samples, stride, padded, loudest,
                                                    out);
  check(cudaGetLastError(), "log_mel: logarithms");
  const int64_t values = int64_t{bands} * frames;
  const dim3 blocks(static_cast<unsigned>((values + kThreads - 1) / kThreads), count);
  scale<<<blocks, kThreads, 0, stream>>>(loudest, values, out);
  check(cudaGetLastError(), "log_mel: scale");
}

}  // namespace kefu::cuda
