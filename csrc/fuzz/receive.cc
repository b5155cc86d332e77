// Sequences of frames, jumps, repeats, wrong sizes and takes: every sample is accounted for.
#include <cstdlib>
#include <stdexcept>
#include <vector>

#include "caller_leg.h"

namespace {

// One step of five bytes: what to do, a signed distance from the next sample, a size.
struct Step {
  uint8_t what;
  int32_t jump;
  uint8_t size;
};

Step step_at(const uint8_t* data) {
  const int32_t jump = data[1] | data[2] << 8 | data[3] << 16;
  return {data[0], jump - (1 << 15), data[4]};
}

void require(bool holds) {
  if (!holds) std::abort();
}

void receive(kefu::CallerLeg& leg, const Step& step, const std::vector<uint8_t>& payload) {
  const int64_t before = leg.next();
  const int64_t first = before + (step.what % 4 == 1 ? step.jump : 0);
  const size_t bytes = step.what % 4 == 2 ? step.size : payload.size();
  try {
    const kefu::Received got = leg.receive(first < 0 ? 0 : first, payload.data(), bytes);
    require(leg.next() == before + got.accepted + got.concealed + got.lost);
    require(got.accepted + got.dropped == static_cast<int64_t>(payload.size()));
    require(got.concealed <= 480 && got.lost <= 24000);
  } catch (const std::invalid_argument&) {
    require(bytes != payload.size() && leg.next() == before);
  } catch (const std::out_of_range&) {
    require(first > before + 24000 && leg.next() == before);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  kefu::CallerLeg leg(kefu::Codec("ulaw", 8000, 20));
  const std::vector<uint8_t> payload(160, size > 0 ? data[0] : uint8_t{0});
  std::vector<int16_t> pcm(24000);
  int64_t accounted = 0;
  for (size_t at = 0; at + 5 <= size; at += 5) {
    const Step step = step_at(data + at);
    receive(leg, step, payload);
    if (step.what % 4 == 3) {
      const kefu::Stretch stretch = leg.waiting();
      if (stretch.samples() > 0) {
        require(stretch.first == accounted + stretch.lost);
        accounted = stretch.end;
      }
      leg.take(pcm.data());
    }
    leg.recent(pcm.data());
    require(leg.level().rms_dbfs <= 0.1);
  }
  return 0;
}
