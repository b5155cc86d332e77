#include "conceal.h"

#include "check.h"

namespace {

KEFU_CASE(the_repeated_stretch_runs_to_and_fro) {
  const size_t expected[] = {0, 1, 2, 2, 1, 0, 0, 1, 2, 2};
  for (size_t k = 0; k < 10; ++k) KEFU_EQUAL(kefu::concealing_distance(k, 3), expected[k]);
}

KEFU_CASE(the_fade_runs_from_whole_to_nothing) {
  KEFU_EQUAL(kefu::faded_in_gap(1000, 0, 480), 1000);
  KEFU_EQUAL(kefu::faded_in_gap(1000, 240, 480), 500);
  KEFU_EQUAL(kefu::faded_in_gap(-32768, 479, 480), -68);
  KEFU_EQUAL(kefu::faded_in_gap(-32768, 0, 480), -32768);
}

}  // namespace
