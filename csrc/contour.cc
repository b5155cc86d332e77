// Versions, naive to fast:
// 1. The whole utterance at its end: every frame cut out, its own sums, its own transform.
// 2. Here: while it is spoken. A 10 ms block is summed once and shared by the two frames that it
//    lies in; a frame's pitch is found as soon as its last sample is there, so that at the end
//    of a turn only the summary is left to do.
#include "contour.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "argument.h"

namespace kefu {
namespace {

constexpr int64_t kNarrowHz = 8000;
constexpr int64_t kMostHz = 48'000;
constexpr size_t kReach = 3;     // of the low-pass, on each side
constexpr size_t kChunk = 1024;  // narrowed samples that are worked on at once

// Twice the binomial of 6: -3 dB at an eighth of the rate, silent at half of it. Integers, so that
// nothing is rounded.
KEFU_INLINE void halve(const int32_t* x, size_t count, float scale, float* out) {
  for (size_t j = 0; j < count; ++j) {
    const int32_t* const at = x + 2 * j;
    const int32_t total = (at[0] + at[6]) + 6 * (at[1] + at[5]) + 15 * (at[2] + at[4]) + 20 * at[3];
    out[j] = static_cast<float>(total) * scale;
  }
}

KEFU_INLINE void add(const int32_t* x, size_t count, int64_t* sum, int64_t* squares) {
  int64_t total = 0;
  int64_t square = 0;
  for (size_t i = 0; i < count; ++i) {
    total += x[i];
    square += static_cast<int64_t>(x[i]) * x[i];
  }
  *sum += total;
  *squares += square;
}

// Sums of `factor` samples each.
template <size_t factor>
void narrow_by(const int16_t* pcm, size_t count, int32_t* out) {
  for (size_t i = 0; i < count; ++i) {
    int32_t total = 0;
    for (size_t k = 0; k < factor; ++k) total += pcm[i * factor + k];
    out[i] = total;
  }
}

void narrow(const int16_t* pcm, size_t count, size_t factor, int32_t* out) {
  constexpr decltype(&narrow_by<1>) by[] = {narrow_by<1>, narrow_by<2>, narrow_by<3>,
                                            narrow_by<4>, narrow_by<5>, narrow_by<6>};
  by[factor - 1](pcm, count, out);
}

KEFU_AVX2 void halve_avx2(const int32_t* x, size_t count, float scale, float* out) {
  halve(x, count, scale, out);
}
KEFU_AVX2 void add_avx2(const int32_t* x, size_t count, int64_t* sum, int64_t* squares) {
  add(x, count, sum, squares);
}

}  // namespace

Contour::Contour(int64_t rate_hz, Path path)
    : path_(path),
      factor_(checked("rate_hz", rate_hz, kNarrowHz, kMostHz) / kNarrowHz),
      scale_(1.0 / (32768.0 * static_cast<double>(factor_))),
      block_samples_(static_cast<size_t>(rate_hz / factor_ / (1000 / int64_t{kBlockMs}))),
      pitch_(rate_hz / factor_ / 2, kFrameBlocks * block_samples_ / 2, {}, path),
      narrow_(2 * kReach + 1 + kChunk),
      halved_(pitch_.samples() + kChunk / 2 + kReach),
      ring_(kMostBlocks),
      pitches_(kMostFrames) {
  reset();
}

void Contour::reset() {
  partial_sum_ = 0;
  partial_count_ = 0;
  open_ = {};
  open_samples_ = halved_used_ = total_blocks_ = total_pitches_ = 0;
  std::fill_n(narrow_.begin(), kReach, 0);  // silence before the first sample
  narrow_used_ = kReach;
}

void Contour::push(const int16_t* pcm, size_t samples) {
  const auto factor = static_cast<size_t>(factor_);
  while (samples > 0) {
    int32_t* const out = narrow_.data() + narrow_used_;
    size_t taken = 1;
    size_t made = 0;
    if (partial_count_ == 0 && samples >= factor) {
      made = std::min(samples / factor, kChunk);
      taken = made * factor;
      narrow(pcm, made, factor, out);
    } else {
      partial_sum_ += *pcm;
      if (++partial_count_ == factor) {
        *out = partial_sum_;
        made = 1;
        partial_sum_ = 0;
        partial_count_ = 0;
      }
    }
    take(made);
    pcm += taken;
    samples -= taken;
  }
}

void Contour::take(size_t narrowed) {
  const int32_t* next = narrow_.data() + narrow_used_;
  narrow_used_ += narrowed;
  while (narrowed > 0) {
    const size_t count = std::min(narrowed, block_samples_ - open_samples_);
    (path_ == Path::kPortable ? add : add_avx2)(next, count, &open_.sum, &open_.squares);
    next += count;
    narrowed -= count;
    open_samples_ += count;
    if (open_samples_ < block_samples_) break;
    ring_[total_blocks_++ % kMostBlocks] = open_;
    open_ = {};
    open_samples_ = 0;
  }
  low_pass();
}

void Contour::low_pass() {
  if (narrow_used_ < 2 * kReach + 1) return;
  const size_t count = (narrow_used_ - 2 * kReach - 1) / 2 + 1;
  (path_ == Path::kPortable ? halve : halve_avx2)(
      narrow_.data(), count, static_cast<float>(scale_ / 64.0), halved_.data() + halved_used_);
  narrow_used_ -= 2 * count;
  std::memmove(narrow_.data(), narrow_.data() + 2 * count, narrow_used_ * sizeof(int32_t));
  halved_used_ += count;
  const size_t hop = kHopBlocks * block_samples_ / 2;
  size_t start = 0;
  for (; halved_used_ - start >= pitch_.samples(); start += hop) {
    const double hz = pitch_of(total_pitches_, halved_.data() + start);
    pitches_[total_pitches_++ % kMostFrames] = hz;
  }
  halved_used_ -= start;
  std::memmove(halved_.data(), halved_.data() + start, halved_used_ * sizeof(float));
}

double Contour::pitch_of(size_t frame, const float* samples) {
  static const double quietest = std::pow(10.0, kQuietestDbfs / 10.0);
  return frame_power(frame * kHopBlocks) > quietest ? pitch_.find(samples) : 0.0;
}

double Contour::frame_power(size_t first) const {
  int64_t sum = 0;
  int64_t squares = 0;
  for (size_t i = 0; i < kFrameBlocks; ++i) {
    const Block& block = ring_[(first + i) % kMostBlocks];
    sum += block.sum;
    squares += block.squares;
  }
  const auto count = static_cast<double>(kFrameBlocks * block_samples_);
  const double mean = static_cast<double>(sum) / count;
  const double power = static_cast<double>(squares) / count - mean * mean;
  return std::max(power, 0.0) * scale_ * scale_;
}

size_t Contour::first_block() const {
  if (total_blocks_ <= kMostBlocks) return 0;
  // Frames begin at even blocks, whatever has gone by.
  return (total_blocks_ - kMostBlocks + kHopBlocks - 1) / kHopBlocks * kHopBlocks;
}

size_t Contour::frames() const {
  return blocks() < kFrameBlocks ? 0 : (blocks() - kFrameBlocks) / kHopBlocks + 1;
}

void Contour::powers(double* power) const {
  const double per_block = scale_ * scale_ / static_cast<double>(block_samples_);
  for (size_t i = first_block(); i < total_blocks_; ++i) {
    *power++ = static_cast<double>(ring_[i % kMostBlocks].squares) * per_block;
  }
}

void Contour::measure(double* hz, double* power) {
  const size_t first = first_block() / kHopBlocks;
  for (size_t i = 0; i < frames(); ++i) {
    const size_t frame = first + i;
    power[i] = frame_power(frame * kHopBlocks);
    if (frame < total_pitches_) {
      hz[i] = pitches_[frame % kMostFrames];
      continue;
    }
    // The last frame waits for the low-pass: silence stands for what has not come.
    float* const tail = halved_.data() + halved_used_;
    std::fill_n(narrow_.begin() + static_cast<std::ptrdiff_t>(narrow_used_), 2 * kReach, 0);
    halve(narrow_.data(), pitch_.samples() - halved_used_, static_cast<float>(scale_ / 64.0), tail);
    hz[i] = pitch_of(frame, halved_.data());
  }
}

}  // namespace kefu
