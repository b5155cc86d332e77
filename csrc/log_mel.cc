// 1. A frame at a time, a dense filter matrix and the library's log10: 1,000 frames of 10 s cost
//    80,400,000 products for the filters alone.
// 2. Triangles instead of the matrix: 391 products a frame.
// 3. Eight frames at once, a frame in each lane, from the transposed load to the logarithm (a
//    polynomial): no shuffle but in the load. 10 s cost 0.9 ms with AVX2, 1.6 ms with SSE2.
// 4. Frames that are complete are computed while speech goes on: at its end about ten are left.
#include "log_mel.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <string>

#include "argument.h"
#include "lanes.h"

namespace kefu {
namespace {

constexpr size_t kHop = LogMelTables::kHop;
constexpr size_t kWindow = LogMelTables::kWindow;
constexpr size_t kHalfWindow = kWindow / 2;
// What may still be asked for: the frames of 2 s ago, and those of the group they are in.
constexpr size_t kKept = LogMel::kMostBack + 8 * kHop + kWindow;

LogMelTables make_tables(int bands) {
  LogMelTables tables{make_fft(LogMelTables::kWindow), slaney_bands(bands), {}};
  for (size_t n = 0; n < kWindow; ++n) {
    const double turn = 6.283185307179586 * static_cast<double>(n) / static_cast<double>(kWindow);
    tables.hann[n] = static_cast<float>(0.5 - 0.5 * std::cos(turn));
  }
  return tables;
}

template <typename V>
KEFU_INLINE V logarithm(V energy) {
  return natural_log(larger(energy, all<V>(kLeastMelEnergy))) * kLog10E;
}

template <typename V>
KEFU_INLINE void window_group(const LogMelTables& tables, const float* first, V* frames) {
  windowed_lanes(first, LogMelTables::kHop, LogMelTables::kWindow, tables.hann, frames);
}

template <typename V>
KEFU_INLINE float bands_of_group(const MelBands& mel, const V* power, V* rows) {
  V loudest = all<V>(-10.0F);
  for (int band = 0; band < mel.bands; ++band) {
    rows[band] = logarithm(band_energy(mel, band, power));
    loudest = larger(loudest, rows[band]);
  }
  return largest(load<F8>(reinterpret_cast<const float*>(&loudest)));
}

template <typename V>
KEFU_INLINE float group(const LogMelTables& tables, const float* first, F8* rows, Path path) {
  F8 frames[kWindow];
  F8 power[FftTables::kMostBins];
  window_group(tables, first, reinterpret_cast<V*>(frames));
  power_spectra(tables.fft, frames, power, path);
  return bands_of_group(tables.mel, reinterpret_cast<const V*>(power), reinterpret_cast<V*>(rows));
}

KEFU_AVX2 float group_avx2(const LogMelTables& tables, const float* first, F8* rows) {
  return group<F8>(tables, first, rows, Path::kAvx2);
}

// `from` by `log_mel_scaled` to `to`.
KEFU_INLINE void scale(const float* from, size_t count, float loudest, float* to) {
  for (size_t n = 0; n < count; ++n) to[n] = log_mel_scaled(from[n], loudest);
}

KEFU_AVX2 void scale_avx2(const float* from, size_t count, float loudest, float* to) {
  scale(from, count, loudest, to);
}

}  // namespace

const LogMelTables& log_mel_tables(int bands) {
  static const LogMelTables eighty = make_tables(80);
  static const LogMelTables more = make_tables(128);
  if (bands == 80) return eighty;
  if (bands == 128) return more;
  refuse("bands", bands, "80 or 128");
}

LogMel::LogMel(int bands, size_t most_samples, Path path)
    : tables_(&log_mel_tables(bands)), path_(path), most_samples_(most_samples) {
  checked("most_samples", most_samples, size_t{1}, kMostSamples);
  heard_.resize(std::min(most_samples, 2 * kKept));
  const size_t groups = complete_groups(most_samples);
  rows_.resize(static_cast<size_t>(bands) * groups * kGroup);
  loudest_.resize(groups);
}

size_t LogMel::complete_groups(size_t samples) {
  if (samples < kHalfWindow) return 0;
  return ((samples - kHalfWindow) / kHop + 1) / kGroup;
}

void LogMel::push(const float* samples, size_t count) {
  if (count > most_samples_ - samples_) {
    throw std::out_of_range("samples: got " + std::to_string(samples_) + " and " +
                            std::to_string(count) + " more, expected at most " +
                            std::to_string(most_samples_));
  }
  while (count > 0) {
    if (heard_samples_ == heard_.size()) {
      std::memmove(heard_.data(), heard_.data() + heard_samples_ - kKept, kKept * sizeof(float));
      heard_from_ += heard_samples_ - kKept;
      heard_samples_ = kKept;
    }
    const size_t taken = std::min(count, heard_.size() - heard_samples_);
    std::memcpy(heard_.data() + heard_samples_, samples, taken * sizeof(float));
    heard_samples_ += taken;
    samples_ += taken;
    samples += taken;
    count -= taken;
    compute_complete();
  }
}

void LogMel::compute_complete() {
  for (; groups_ < complete_groups(samples_); ++groups_) {
    float reflected_start[kGroupSamples];
    const float* first = reflected_start;
    if (groups_ == 0) {
      gather(0, samples_, kMostSamples, reflected_start);
    } else {
      first = heard_.data() + (groups_ * kGroup * kHop - kHalfWindow - heard_from_);
    }
    F8 rows[MelBands::kMost];
    loudest_[groups_] = compute(first, rows);
    const size_t stride = loudest_.size() * kGroup;
    for (int band = 0; band < bands(); ++band) {
      store8(rows_.data() + static_cast<size_t>(band) * stride + groups_ * kGroup, rows[band]);
    }
  }
}

void LogMel::gather(size_t group, size_t samples, size_t padded, float* out) const {
  const int64_t first = static_cast<int64_t>(group * kGroup * kHop) - int64_t{kHalfWindow};
  for (size_t n = 0; n < kGroupSamples; ++n) {
    const int64_t at = reflected(first + static_cast<int64_t>(n), static_cast<int64_t>(padded));
    const int64_t place = at - static_cast<int64_t>(heard_from_);
    // Frames behind the last one may read anything: nobody looks at them.
    const bool is_there = place >= 0 && at < static_cast<int64_t>(samples);
    out[n] = is_there ? heard_[static_cast<size_t>(place)] : 0.0F;
  }
}

float LogMel::compute(const float* first, F8* rows) const {
  if (path_ != Path::kPortable) return group_avx2(*tables_, first, rows);
  return group<Halves>(*tables_, first, rows, Path::kPortable);
}

void LogMel::spectrogram(size_t samples, size_t padded, float* out) const {
  if (samples > samples_ || samples_ - samples > kMostBack) {
    throw std::out_of_range("samples: got " + std::to_string(samples) + ", expected " +
                            std::to_string(samples_) + " or at most " + std::to_string(kMostBack) +
                            " before");
  }
  if (padded < samples || padded <= kHalfWindow || padded > kMostSamples) {
    refuse(
        "padded", padded,
        std::to_string(std::max(samples, kHalfWindow + 1)) + " to " + std::to_string(kMostSamples));
  }
  const size_t count = frames(padded);
  // Past this frame all is zero: it begins behind the samples, and none is reflected into it.
  const bool reflects_samples = padded < samples + kHalfWindow;
  const size_t silent_from =
      reflects_samples ? count : std::min(count, (samples + kHalfWindow + kHop - 1) / kHop);
  const size_t ready = std::min(complete_groups(samples), count / kGroup);
  const size_t groups = (silent_from + kGroup - 1) / kGroup;

  constexpr size_t kMostTail = 2;
  F8 tail[kMostTail][MelBands::kMost];
  float loudest = natural_log(all8(kLeastMelEnergy))[0] * kLog10E;
  const float silence = loudest;
  for (size_t group = 0; group < ready; ++group) loudest = std::max(loudest, loudest_[group]);
  for (size_t group = ready; group < groups; ++group) {
    float samples_of_group[kGroupSamples];
    gather(group, samples, padded, samples_of_group);
    compute(samples_of_group, tail[group - ready]);
    const size_t lanes = std::min(count - group * kGroup, size_t{kGroup});
    for (int band = 0; band < bands(); ++band) {
      for (size_t lane = 0; lane < lanes; ++lane) {
        loudest = std::max(loudest, tail[group - ready][band][lane]);
      }
    }
  }

  const auto scaled_row = path_ == Path::kPortable ? scale : scale_avx2;
  const size_t stride = loudest_.size() * kGroup;
  for (size_t band = 0; band < static_cast<size_t>(bands()); ++band) {
    float* const row = out + band * count;
    size_t frame = ready * kGroup;
    scaled_row(rows_.data() + band * stride, frame, loudest, row);
    for (size_t group = ready; group < groups; ++group) {
      for (int lane = 0; lane < kGroup && frame < count; ++lane, ++frame) {
        row[frame] = log_mel_scaled(tail[group - ready][band][lane], loudest);
      }
    }
    std::fill(row + frame, row + count, log_mel_scaled(silence, loudest));
  }
}

void LogMel::reset() {
  samples_ = 0;
  heard_from_ = 0;
  heard_samples_ = 0;
  groups_ = 0;
}

}  // namespace kefu
