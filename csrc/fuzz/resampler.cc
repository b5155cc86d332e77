// Samples of any value in chunks of any size: as many come out as were promised, the same bits as
// in one piece, and nothing is written beyond.
#include "resampler.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

constexpr int64_t kRates[] = {8000, 12000, 16000, 24000, 32000, 48000};

void require(bool holds) {
  if (!holds) std::abort();
}

template <typename In, typename Out>
std::vector<Out> whole(kefu::Resampler& resampler, const std::vector<In>& in) {
  std::vector<Out> out(resampler.output_for(in.size()) + resampler.delay_samples());
  const size_t got = resampler.push(in.data(), in.size(), out.data());
  require(got + resampler.flush(out.data() + got) == out.size());
  return out;
}

// Chunks as long as the bytes of `sizes` say, over and over.
template <typename In, typename Out>
std::vector<Out> in_chunks(kefu::Resampler& resampler, const std::vector<In>& in,
                           const uint8_t* sizes, size_t count) {
  std::vector<Out> all;
  for (size_t taken = 0, turn = 0; taken < in.size(); ++turn) {
    const size_t n = std::min(in.size() - taken, size_t{sizes[turn % count]} * 3 + 1);
    std::vector<Out> out(resampler.output_for(n));
    require(resampler.push(in.data() + taken, n, out.data()) == out.size());
    all.insert(all.end(), out.begin(), out.end());
    taken += n;
  }
  std::vector<Out> out(resampler.delay_samples());
  require(resampler.flush(out.data()) == out.size());
  all.insert(all.end(), out.begin(), out.end());
  return all;
}

template <typename In, typename Out>
void compare(kefu::Resampler& resampler, const uint8_t* data, size_t size) {
  std::vector<In> in(size / sizeof(In));
  if (in.empty()) return;
  std::memcpy(in.data(), data, in.size() * sizeof(In));
  const std::vector<Out> expected = whole<In, Out>(resampler, in);
  const std::vector<Out> got = in_chunks<In, Out>(resampler, in, data, size);
  require(got.size() == expected.size());
  for (size_t j = 0; j < got.size(); ++j) {
    require(got[j] == expected[j] || (got[j] != got[j] && expected[j] != expected[j]));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  kefu::Resampler resampler(kRates[data[0] % 6], kRates[data[1] % 6]);
  switch (data[2] % 3) {
    case 0:
      compare<float, float>(resampler, data + 3, size - 3);
      break;
    case 1:
      compare<int16_t, float>(resampler, data + 3, size - 3);
      break;
    default:
      compare<int16_t, int16_t>(resampler, data + 3, size - 3);
  }
  return 0;
}
