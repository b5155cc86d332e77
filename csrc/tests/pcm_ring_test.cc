#include "pcm_ring.h"

#include <numeric>
#include <vector>

#include "check.h"

namespace {

using kefu::PcmRing;

std::vector<int16_t> count(size_t samples, int16_t from) {
  std::vector<int16_t> pcm(samples);
  std::iota(pcm.begin(), pcm.end(), from);
  return pcm;
}

std::vector<int16_t> read(const PcmRing& ring, int64_t from, int64_t end) {
  std::vector<int16_t> pcm(static_cast<size_t>(end - from));
  ring.copy(from, end, pcm.data());
  return pcm;
}

KEFU_CASE(samples_are_found_by_their_numbers_across_the_seam) {
  PcmRing ring(10, 1000);
  const auto first = count(7, 0);
  KEFU_NO_ALLOCATION(ring.push(first.data(), first.size()));
  const auto second = count(6, 7);
  ring.push(second.data(), second.size());
  KEFU_EQUAL(ring.next(), 1013);
  KEFU_CHECK(read(ring, 1003, 1013) == count(10, 3));
  size_t samples = 0;
  ring.piece(1008, 1013, samples);
  KEFU_EQUAL(samples, 2U);
}

KEFU_CASE(of_more_than_fits_the_end_stays) {
  PcmRing ring(10, 0);
  const auto pcm = count(25, 0);
  ring.push(pcm.data(), pcm.size());
  KEFU_EQUAL(ring.next(), 25);
  KEFU_CHECK(read(ring, 15, 25) == count(10, 15));
}

KEFU_CASE(silence_is_zeros) {
  PcmRing ring(10, 5);
  const auto pcm = count(8, 1);
  ring.push(pcm.data(), pcm.size());
  ring.push_silence(4);
  KEFU_CHECK(read(ring, 11, 17) == (std::vector<int16_t>{7, 8, 0, 0, 0, 0}));
  ring.push_silence(1'000'000'007);
  KEFU_EQUAL(ring.next(), 17 + 1'000'000'007);
  KEFU_CHECK(read(ring, ring.next() - 10, ring.next()) == std::vector<int16_t>(10));
}

}  // namespace
