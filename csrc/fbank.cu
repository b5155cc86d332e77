// A warp a frame, as in log_mel.cu (its versions hold here too). The mean is summed by four
// threads, in the host's order.
#include "cuda.h"
#include "fbank.h"
#include "fft.cuh"

namespace kefu::cuda {
namespace {

constexpr int kWarps = 4;

// As frame_mean on the host: thread q of four adds samples q, q + 4, q + 8 and so on.
__device__ float warp_mean(const float* frame, int samples, int lane) {
  float sum = 0.0F;
  if (lane < 4) {
    sum = frame[lane];
    for (int n = 4 + lane; n < samples; n += 4) sum = sum + frame[n];
  }
  sum = sum + __shfl_xor_sync(0xFFFFFFFFU, sum, 1);
  sum = sum + __shfl_xor_sync(0xFFFFFFFFU, sum, 2);
  return __shfl_sync(0xFFFFFFFFU, sum, 0) * (1.0F / static_cast<float>(samples));
}

__global__ void energies(const FbankTables* tables, const float* audio, const int32_t* samples,
                         int stride, int most_frames, float* out) {
  __shared__ float all_data[kWarps][FftTables::kMostSamples];
  __shared__ float all_power[kWarps][FftTables::kMostBins];
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int frame = static_cast<int>(blockIdx.x) * kWarps + warp;
  const auto call = static_cast<int64_t>(blockIdx.y);
  const int length = tables->window_samples;
  // A warp as a whole leaves.
  if (frame >= most_frames || frame * tables->hop + length > samples[call]) return;

  float* const data = all_data[warp];
  float* const power = all_power[warp];
  const float* const first = audio + call * stride + int64_t{frame} * tables->hop;
  for (int n = lane; n < length; n += kWarp) data[n] = first[n];
  __syncwarp();
  const float mean = warp_mean(data, length, lane);
  for (int n = lane; n < tables->fft.samples; n += kWarp) {
    data[n] =
        n < length ? emphasised(first[n], first[n > 0 ? n - 1 : 0], mean, tables->window[n]) : 0.0F;
  }
  __syncwarp();
  warp_power_spectrum(tables->fft, data, power, lane);

  const int bands = tables->mel.bands;
  float* const row = out + (call * most_frames + frame) * bands;
  for (int band = lane; band < bands; band += kWarp) {
    row[band] = logf(fmaxf(band_energy(tables->mel, band, power), kLeastFbankEnergy));
  }
}

}  // namespace

void fbank(const FbankTables* tables, const float* audio, const int32_t* samples, int calls,
           int stride, int most_frames, float* out, cudaStream_t stream) {
  if (calls < 1 || most_frames < 1) return;
  const dim3 groups(static_cast<unsigned>((most_frames + kWarps - 1) / kWarps),
                    static_cast<unsigned>(calls));
  energies<<<groups, kWarps * kWarp, 0, stream>>>(tables, audio, samples, stride, most_frames, out);
  check(cudaGetLastError(), "fbank: energies");
}

}  // namespace kefu::cuda
