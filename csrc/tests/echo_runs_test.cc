#include "echo_runs.h"

#include "check.h"

namespace {

using kefu::EchoRuns;

KEFU_CASE(samples_of_echo_are_counted) {
  EchoRuns runs;
  KEFU_EQUAL(runs.echoed(0, 100), 0);
  runs.push(160, false);
  runs.push(320, true);
  runs.push(480, true);
  runs.push(640, false);
  KEFU_EQUAL(runs.echoed(0, 640), 320);
  KEFU_EQUAL(runs.echoed(100, 256), 96);
  KEFU_EQUAL(runs.echoed(256, 512), 224);
  KEFU_EQUAL(runs.echoed(480, 640), 0);
}

KEFU_CASE(what_lies_too_many_changes_back_is_no_echo) {
  EchoRuns runs;
  for (int64_t n = 1; n <= 400; ++n) runs.push(n, n % 2 == 0);
  KEFU_EQUAL(runs.echoed(0, 400), 64);
  KEFU_EQUAL(runs.echoed(380, 400), 10);
}

}  // namespace
