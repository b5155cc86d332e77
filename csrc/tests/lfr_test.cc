// Stacks against FunASR's rule on whole arrays.
#include "lfr.h"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "check.h"

namespace kefu {
namespace {

constexpr size_t kDimension = 3;

std::vector<float> numbered(size_t frames) {
  std::vector<float> made(frames * kDimension);
  for (size_t n = 0; n < made.size(); ++n) made[n] = static_cast<float>(n);
  return made;
}

// The frames with copies in front and behind, cut every n.
std::vector<float> by_the_rule(size_t frames, size_t m, size_t n) {
  std::vector<size_t> order;
  for (size_t copy = 0; copy < (m - 1) / 2; ++copy) order.push_back(0);
  for (size_t frame = 0; frame < frames; ++frame) order.push_back(frame);
  std::vector<float> made;
  for (size_t stack = 0; stack < (frames + n - 1) / n; ++stack) {
    for (size_t place = 0; place < m; ++place) {
      const size_t frame = order[std::min(stack * n + place, order.size() - 1)];
      for (size_t d = 0; d < kDimension; ++d) {
        made.push_back(static_cast<float>(frame * kDimension + d));
      }
    }
  }
  return made;
}

std::vector<float> streamed(Lfr& lfr, size_t frames, size_t chunk) {
  const std::vector<float> source = numbered(frames);
  std::vector<float> out((frames + 1) * lfr.stacked_dimension());
  size_t made = 0;
  for (size_t at = 0; at < frames; at += chunk) {
    const size_t count = std::min(chunk, frames - at);
    const size_t expected = lfr.stacks(count);
    const size_t got = lfr.push(source.data() + at * kDimension, count,
                                out.data() + made * lfr.stacked_dimension());
    KEFU_EQUAL(got, expected);
    made += got;
  }
  const size_t expected = lfr.stacks_at_end();
  const size_t got = lfr.flush(out.data() + made * lfr.stacked_dimension());
  KEFU_EQUAL(got, expected);
  out.resize((made + got) * lfr.stacked_dimension());
  return out;
}

}  // namespace

KEFU_LONG_CASE(stacks_are_those_of_the_rule_for_any_chunking) {
  constexpr size_t kShapes[][2] = {{7, 6}, {5, 1}, {1, 1}, {2, 1}, {4, 4}, {3, 5}, {1, 3}};
  for (const auto& [m, n] : kShapes) {
    Lfr lfr(m, n, kDimension);  // serves one stream after the other
    for (size_t frames = 0; frames <= 20; ++frames) {
      const std::vector<float> expected = by_the_rule(frames, m, n);
      for (const size_t chunk : {size_t{1}, size_t{2}, size_t{5}, size_t{100}}) {
        KEFU_CHECK(streamed(lfr, frames, chunk) == expected);
      }
    }
  }
}

KEFU_CASE(a_stack_leaves_with_the_frame_that_completes_it) {
  Lfr lfr(5, 1, kDimension);
  KEFU_EQUAL(lfr.stacks(2), 0U);
  KEFU_EQUAL(lfr.stacks(3), 1U);
  Lfr paraformer(7, 6, kDimension);
  KEFU_EQUAL(paraformer.stacks(3), 0U);
  KEFU_EQUAL(paraformer.stacks(4), 1U);
  KEFU_EQUAL(paraformer.stacks(9), 1U);
  KEFU_EQUAL(paraformer.stacks(10), 2U);
}

KEFU_CASE(push_takes_no_memory) {
  Lfr lfr(7, 6, kDimension);
  const std::vector<float> source = numbered(20);
  std::vector<float> out(20 * lfr.stacked_dimension());
  KEFU_NO_ALLOCATION(lfr.push(source.data(), 20, out.data()));
  KEFU_NO_ALLOCATION(lfr.flush(out.data()));
}

KEFU_CASE(shapes_that_cannot_be_are_refused) {
  KEFU_THROWS(std::invalid_argument, Lfr(0, 1, 80));
  KEFU_THROWS(std::invalid_argument, Lfr(65, 1, 80));
  KEFU_THROWS(std::invalid_argument, Lfr(7, 0, 80));
  KEFU_THROWS(std::invalid_argument, Lfr(7, 6, 0));
  KEFU_THROWS(std::invalid_argument, Lfr(7, 6, 4097));
}

}  // namespace kefu
