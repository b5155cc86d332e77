// One block of a resampler: the input is dealt over planes, filtered phase by phase, and the phases
// are gathered in turn.
//
// Versions: (1) each output its own inner product, its lanes added up at the end: the adding takes
// as long as the products; (2) neighbours of one phase in the lanes, each tap times all of them:
// nothing to add up, and each output is one chain of roundings whatever stands beside it, which is
// why any chunking gives the same bits. Down by M, neighbours lie M apart, hence the planes; (3)
// ten vectors at once, whose chains hide each other's latency, and 80 or 160 groups come out even:
// about three times (2); (4) this: 16 lanes with AVX-512, 1.3 to 1.5 times AVX2; 4 without AVX,
// where compilers take eight apart by way of memory: two to three times AVX2's, bound by products
// and additions, which arm64 does in one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "polyphase_filter.h"
#include "simd.h"

namespace kefu {

constexpr size_t kOutputStride = PolyphaseFilter::kBlock + PolyphaseFilter::kLanes;
constexpr float kFullScale = 32768.0F;

template <typename In, typename Out>
struct ResamplerBlock {
  const PolyphaseFilter& filter;
  float* planes;     // (down, stride)
  float* outputs;    // (up, kOutputStride)
  size_t partial;    // inputs of the first group that came before
  const In* in;      // (taken,); nullptr: silence
  size_t taken;      // partial + taken ≤ kBlock × down
  size_t first_out;  // counted from the first group's first
  size_t end_out;
  Out* out;  // (end_out - first_out,)
};

KEFU_INLINE float from_pcm(float sample) { return sample; }
KEFU_INLINE float from_pcm(int16_t sample) { return static_cast<float>(sample) / kFullScale; }

// a × b + c. `fused`: one rounding, where the instruction set of the caller has it.
template <bool fused, typename V>
KEFU_INLINE V multiply_add(V a, V b, V c) {
  if constexpr (fused) {
    constexpr size_t lanes = sizeof(V) / sizeof(float);
    for (size_t lane = 0; lane < lanes; ++lane) {
      c[lane] = __builtin_fmaf(a[lane], b[lane], c[lane]);
    }
    return c;
  } else {
    return a * b + c;
  }
}

// What lies in ResamplerBlock::outputs, and what it is in the end.
template <typename V>
KEFU_INLINE void store_outputs(float* to, V values, const float*) {
  std::memcpy(to, &values, sizeof values);
}
template <typename V>
KEFU_INLINE void store_outputs(float* to, V values, const int16_t*) {
  const V most = V{} + (kFullScale - 1.0F);
  const V least = V{} - kFullScale;
  const V no_fraction = V{} + 12582912.0F;  // 1.5 × 2^23: a sum with it is rounded to a whole
  V scaled = values * kFullScale;
  scaled = scaled < most ? scaled : most;
  scaled = scaled > least ? scaled : least;
  using Whole = decltype(scaled < most);  // int32 in each lane
  const Whole whole = __builtin_convertvector((scaled + no_fraction) - no_fraction, Whole);
  std::memcpy(to, &whole, sizeof whole);
}

KEFU_INLINE void take_output(const float* from, float& out) { out = *from; }
KEFU_INLINE void take_output(const float* from, int16_t& out) {
  int32_t whole;
  std::memcpy(&whole, from, sizeof whole);
  out = static_cast<int16_t>(whole);
}

template <size_t down, typename In, typename Out>
KEFU_INLINE void deal(const ResamplerBlock<In, Out>& block) {
  float* const to = block.planes + block.filter.history;
  const size_t stride = block.filter.stride;
  const size_t end = block.partial + block.taken;
  size_t i = block.partial;
  if (block.in == nullptr) {
    for (; i < end; ++i) to[i % down * stride + i / down] = 0.0F;
    return;
  }
  const In* in = block.in;
  for (; i < end && i % down != 0; ++i) to[i % down * stride + i / down] = from_pcm(*in++);
  const size_t groups = (end - i) / down;
  float* const whole = to + i / down;
  for (size_t group = 0; group < groups; ++group) {
    for (size_t plane = 0; plane < down; ++plane) {
      whole[plane * stride + group] = from_pcm(in[group * down + plane]);
    }
  }
  in += groups * down;
  for (i += groups * down; i < end; ++i) to[i % down * stride + i / down] = from_pcm(*in++);
}

// planes: at the first group → out: (lanes of V × vectors,) outputs of one phase.
template <typename V, bool fused, size_t vectors, typename Out>
KEFU_INLINE void inner_products(const float* planes, const int32_t* places, const float* taps,
                                size_t length, float* out) {
  constexpr size_t lanes = sizeof(V) / sizeof(float);
  V sums[vectors] = {};
  for (size_t tap = 0; tap < length; ++tap) {
    const float* const inputs = planes + places[tap];
    const V weight = V{} + taps[tap];
#pragma GCC unroll 10  // or the sums lie in memory
    for (size_t v = 0; v < vectors; ++v) {
      V input;
      std::memcpy(&input, inputs + v * lanes, sizeof input);
      sums[v] = multiply_add<fused>(input, weight, sums[v]);
    }
  }
#pragma GCC unroll 10
  for (size_t v = 0; v < vectors; ++v) {
    store_outputs(out + v * lanes, sums[v], static_cast<const Out*>(nullptr));
  }
}

// Groups `first` to `end` of one phase; the rest of the last vector is written too, of no meaning.
// 20 ms are 80, 160 or 320 groups.
template <typename V, bool fused, typename In, typename Out>
KEFU_INLINE void filter_phase(const ResamplerBlock<In, Out>& block, size_t phase, size_t first,
                              size_t end) {
  constexpr size_t lanes = sizeof(V) / sizeof(float);
  const PolyphaseFilter::Phase& one = block.filter.phases[phase];
  const int32_t* const places = block.filter.places.data() + one.first;
  const float* const taps = block.filter.taps.data() + one.first;
  const float* const planes = block.planes;
  float* const out = block.outputs + phase * kOutputStride;
  size_t group = first;
  for (; group + 10 * lanes <= end; group += 10 * lanes) {
    inner_products<V, fused, 10, Out>(planes + group, places, taps, one.length, out + group);
  }
  for (; group + 5 * lanes <= end; group += 5 * lanes) {
    inner_products<V, fused, 5, Out>(planes + group, places, taps, one.length, out + group);
  }
  for (; group < end; group += lanes) {
    inner_products<V, fused, 1, Out>(planes + group, places, taps, one.length, out + group);
  }
}

template <size_t up, typename In, typename Out>
KEFU_INLINE void gather(const ResamplerBlock<In, Out>& block) {
  const float* const from = block.outputs;
  Out* out = block.out;
  size_t j = block.first_out;
  for (; j < block.end_out && j % up != 0; ++j) {
    take_output(from + j % up * kOutputStride + j / up, *out++);
  }
  const size_t groups = (block.end_out - j) / up;
  const float* const whole = from + j / up;
  for (size_t group = 0; group < groups; ++group) {
    for (size_t phase = 0; phase < up; ++phase) {
      take_output(whole + phase * kOutputStride + group, out[group * up + phase]);
    }
  }
  out += groups * up;
  for (j += groups * up; j < block.end_out; ++j) {
    take_output(from + j % up * kOutputStride + j / up, *out++);
  }
}

template <typename V, bool fused, typename In, typename Out>
KEFU_INLINE void run_block(const ResamplerBlock<In, Out>& block) {
  switch (block.filter.down) {
    case 1:
      deal<1>(block);
      break;
    case 2:
      deal<2>(block);
      break;
    case 3:
      deal<3>(block);
      break;
    case 4:
      deal<4>(block);
      break;
    case 6:
      deal<6>(block);
      break;
    default:
      deal<8>(block);
      break;
  }
  const size_t up = block.filter.up;
  for (size_t phase = 0; phase < up; ++phase) {
    const size_t first = block.first_out / up + (block.first_out % up > phase ? 1 : 0);
    const size_t end = block.end_out / up + (block.end_out % up > phase ? 1 : 0);
    filter_phase<V, fused>(block, phase, first, end);
  }
  switch (up) {
    case 1:
      gather<1>(block);
      break;
    case 2:
      gather<2>(block);
      break;
    case 3:
      gather<3>(block);
      break;
    case 4:
      gather<4>(block);
      break;
    case 6:
      gather<6>(block);
      break;
    default:
      gather<8>(block);
      break;
  }
}

}  // namespace kefu
