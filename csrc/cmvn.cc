// 1. A value at a time.
// 2. Eight at a time; bound by memory, so nothing past that pays.
#include "cmvn.h"

#include <stdexcept>

namespace kefu {
namespace {

KEFU_INLINE void normalise(const float* frame, const float* shift, const float* scale,
                           size_t dimension, float* out) {
  for (size_t n = 0; n < dimension; ++n) out[n] = (frame[n] + shift[n]) * scale[n];
}

KEFU_AVX2 void normalise_avx2(const float* frame, const float* shift, const float* scale,
                              size_t dimension, float* out) {
  size_t n = 0;
  for (; n + 8 <= dimension; n += 8) {
    store8(out + n, (load8(frame + n) + load8(shift + n)) * load8(scale + n));
  }
  normalise(frame + n, shift + n, scale + n, dimension - n, out + n);
}

}  // namespace

Cmvn::Cmvn(const float* shift, const float* scale, size_t dimension, Path path)
    : shift_(shift, shift + dimension), scale_(scale, scale + dimension), path_(path) {
  if (dimension < 1) throw std::invalid_argument("shift: got 0 values, expected at least 1");
}

void Cmvn::apply(const float* frames, size_t count, float* out) const {
  const auto one = path_ == Path::kPortable ? normalise : normalise_avx2;
  for (size_t frame = 0; frame < count; ++frame) {
    const size_t at = frame * dimension();
    one(frames + at, shift_.data(), scale_.data(), dimension(), out + at);
  }
}

}  // namespace kefu
