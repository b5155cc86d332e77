#include "cmvn.h"

#include <cstring>
#include <stdexcept>
#include <vector>

#include "check.h"

namespace kefu {

KEFU_CASE(values_are_shifted_then_scaled_on_every_path) {
  constexpr size_t kDimension = 21, kFrames = 3;
  std::vector<float> shift(kDimension), scale(kDimension), frames(kFrames * kDimension);
  for (size_t d = 0; d < kDimension; ++d) {
    shift[d] = -8.3F - 0.1F * static_cast<float>(d);
    scale[d] = 0.15F + 0.01F * static_cast<float>(d);
  }
  for (size_t n = 0; n < frames.size(); ++n) frames[n] = static_cast<float>(n % 17);
  for (const Path path : paths()) {
    const Cmvn cmvn(shift.data(), scale.data(), kDimension, path);
    std::vector<float> out(frames.size());
    cmvn.apply(frames.data(), kFrames, out.data());
    for (size_t n = 0; n < frames.size(); ++n) {
      const size_t d = n % kDimension;
      KEFU_EQUAL(out[n], (frames[n] + shift[d]) * scale[d]);
    }
    std::vector<float> in_place = frames;
    KEFU_NO_ALLOCATION(cmvn.apply(in_place.data(), kFrames, in_place.data()));
    KEFU_EQUAL(std::memcmp(in_place.data(), out.data(), out.size() * sizeof(float)), 0);
    cmvn.apply(nullptr, 0, nullptr);
  }
}

KEFU_CASE(no_statistics_are_refused) {
  const float none = 0;
  KEFU_THROWS(std::invalid_argument, Cmvn(&none, &none, 0));
}

}  // namespace kefu
