#include "resampler.h"

#include <algorithm>
#include <cstring>

#include "polyphase_filter.h"
#include "resampler_block.h"

namespace kefu {
namespace {

size_t ceil_div(size_t a, size_t b) { return (a + b - 1) / b; }

using F16 = float __attribute__((vector_size(64)));

template <typename In, typename Out>
void run_portable(const ResamplerBlock<In, Out>& block) {
  run_block<F4, kPortableFused>(block);
}

template <typename In, typename Out>
KEFU_AVX2 void run_avx2(const ResamplerBlock<In, Out>& block) {
  run_block<F8, true>(block);
}

template <typename In, typename Out>
KEFU_AVX512 void run_avx512(const ResamplerBlock<In, Out>& block) {
  run_block<F16, true>(block);
}

template <typename In, typename Out>
void run(Path path, const ResamplerBlock<In, Out>& block) {
  switch (path) {
    case Path::kAvx512:
      return run_avx512(block);
    case Path::kAvx2:
      return run_avx2(block);
    case Path::kPortable:
      return run_portable(block);
  }
}

// The planes' last groups become the next block's history; a group that is not whole goes along.
void shift(const PolyphaseFilter& filter, size_t groups, float* planes) {
  if (groups == 0) return;
  for (size_t plane = 0; plane < filter.down; ++plane) {
    float* const at = planes + plane * filter.stride;
    std::memmove(at, at + groups, (filter.history + 1) * sizeof(float));
  }
}

template <typename Out>
void copy(const Out* in, size_t n, Out* out) {
  std::copy_n(in, n, out);
}

void copy(const int16_t* in, size_t n, float* out) {
  for (size_t i = 0; i < n; ++i) out[i] = from_pcm(in[i]);
}

template <typename In, typename Out>
void resample_any(const In* in, size_t n, int64_t from_hz, int64_t to_hz, Out* out) {
  Resampler resampler(from_hz, to_hz);
  const size_t delay = resampler.delay_samples();
  // The onset and a little more goes by way of `head`, the rest where it belongs.
  const size_t before =
      std::min(n, ceil_div(delay * static_cast<size_t>(from_hz), static_cast<size_t>(to_hz)));
  std::vector<Out> head(resampler.output_for(before) + delay);
  size_t got = resampler.push(in, before, head.data());
  if (before == n) {
    got += resampler.flush(head.data() + got);
    std::copy(head.begin() + static_cast<std::ptrdiff_t>(delay),
              head.begin() + static_cast<std::ptrdiff_t>(got), out);
    return;
  }
  out = std::copy(head.begin() + static_cast<std::ptrdiff_t>(delay),
                  head.begin() + static_cast<std::ptrdiff_t>(got), out);
  out += resampler.push(in + before, n - before, out);
  resampler.flush(out);
}

}  // namespace

Resampler::Resampler(int64_t from_hz, int64_t to_hz) : Resampler(from_hz, to_hz, best_path()) {}

Resampler::Resampler(int64_t from_hz, int64_t to_hz, Path path)
    : filter_(&polyphase_filter(from_hz, to_hz)),
      path_(path),
      to_khz_(static_cast<double>(to_hz) / 1000.0),
      planes_(filter_->down * filter_->stride),
      outputs_(filter_->phases.size() * kOutputStride) {}

size_t Resampler::output_for(size_t samples) const {
  const size_t up = filter_->up;
  const size_t down = filter_->down;
  const size_t groups = (partial_ + samples) / down;
  const size_t rest = (partial_ + samples) % down;
  return groups * up + ceil_div(rest * up, down) - ceil_div(partial_ * up, down);
}

template <typename In, typename Out>
size_t Resampler::push_any(const In* in, size_t n, Out* out) {
  if (filter_->phases.empty()) {
    copy(in, n, out);
    return n;
  }
  Out* const first = out;
  while (n > 0) {
    const size_t taken = std::min(n, PolyphaseFilter::kBlock * filter_->down - partial_);
    const size_t from = ceil_div(partial_ * filter_->up, filter_->down);
    const ResamplerBlock<In, Out> block{
        *filter_, planes_.data(), outputs_.data(),          partial_, in,
        taken,    from,           from + output_for(taken), out};
    run(path_, block);
    out += block.end_out - block.first_out;
    shift(*filter_, (partial_ + taken) / filter_->down, planes_.data());
    partial_ = (partial_ + taken) % filter_->down;
    in += taken;
    n -= taken;
  }
  return static_cast<size_t>(out - first);
}

template <typename Out>
size_t Resampler::flush_any(Out* out) {
  if (filter_->phases.empty()) return 0;
  const size_t from = ceil_div(partial_ * filter_->up, filter_->down);
  // Silence up to the input that the last of these outputs wants.
  const size_t silence = (from + filter_->delay - 1) * filter_->down / filter_->up + 1 - partial_;
  const ResamplerBlock<float, Out> block{
      *filter_, planes_.data(), outputs_.data(),       partial_, nullptr,
      silence,  from,           from + filter_->delay, out};
  run(path_, block);
  reset();
  return filter_->delay;
}

size_t Resampler::push(const float* in, size_t n, float* out) { return push_any(in, n, out); }
size_t Resampler::push(const int16_t* in, size_t n, float* out) { return push_any(in, n, out); }
size_t Resampler::push(const int16_t* in, size_t n, int16_t* out) { return push_any(in, n, out); }
size_t Resampler::flush(float* out) { return flush_any(out); }
size_t Resampler::flush(int16_t* out) { return flush_any(out); }

void Resampler::reset() {
  std::fill(planes_.begin(), planes_.end(), 0.0F);
  partial_ = 0;
}

size_t Resampler::delay_samples() const { return filter_->delay; }
double Resampler::delay_ms() const { return static_cast<double>(filter_->delay) / to_khz_; }

size_t resampled_length(size_t n, int64_t from_hz, int64_t to_hz) {
  const PolyphaseFilter& filter = polyphase_filter(from_hz, to_hz);
  return n / filter.down * filter.up + ceil_div(n % filter.down * filter.up, filter.down);
}

void resample(const float* in, size_t n, int64_t from_hz, int64_t to_hz, float* out) {
  resample_any(in, n, from_hz, to_hz, out);
}
void resample(const int16_t* in, size_t n, int64_t from_hz, int64_t to_hz, float* out) {
  resample_any(in, n, from_hz, to_hz, out);
}
void resample(const int16_t* in, size_t n, int64_t from_hz, int64_t to_hz, int16_t* out) {
  resample_any(in, n, from_hz, to_hz, out);
}

}  // namespace kefu
