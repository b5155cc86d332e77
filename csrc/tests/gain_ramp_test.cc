#include "gain_ramp.h"

#include "check.h"

namespace {

using kefu::GainRamp;

KEFU_CASE(a_ramp_ends_at_its_target_exactly) {
  GainRamp gain;
  KEFU_EQUAL(gain.next(), 1.0);
  gain.go_to(0.2, 3);
  KEFU_CHECK(gain.next() < 1.0);
  KEFU_CHECK(gain.next() > 0.2);
  KEFU_EQUAL(gain.next(), 0.2);
  KEFU_EQUAL(gain.next(), 0.2);
}

KEFU_CASE(no_ramp_is_a_step) {
  GainRamp gain;
  gain.go_to(0.5, 0);
  KEFU_EQUAL(gain.next(), 0.5);
}

KEFU_CASE(silence_moves_the_ramp_on) {
  GainRamp gain;
  gain.go_to(0.0, 4);
  gain.skip(2);
  KEFU_EQUAL(gain.next(), 0.25);
  gain.skip(100);
  KEFU_EQUAL(gain.next(), 0.0);
}

KEFU_CASE(scaling_rounds_and_saturates) {
  KEFU_EQUAL(kefu::scaled(12345, 1.0), 12345);
  KEFU_EQUAL(kefu::scaled(-32768, 1.0), -32768);
  KEFU_EQUAL(kefu::scaled(20000, 4.0), 32767);
  KEFU_EQUAL(kefu::scaled(-20000, 4.0), -32768);
  KEFU_EQUAL(kefu::scaled(3, 0.5), 2);  // to even
}

}  // namespace
