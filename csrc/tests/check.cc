#include "check.h"

#include <chrono>
#include <new>

namespace kefu::test {
namespace {

constexpr size_t kShortCaseFailures = 1000;
constexpr size_t kLongCaseFailures = 16;
constexpr std::chrono::milliseconds kBudget{1500};  // of one case

// Refuses requests 1, 2, 3 … of the case; where there are more than fit, spread over all of them.
size_t run_starved(const Case& which, size_t requests) {
  const auto began = std::chrono::steady_clock::now();
  const size_t most = which.is_long ? kLongCaseFailures : kShortCaseFailures;
  const size_t step = requests > most ? requests / most : 1;
  size_t runs = 0;
  for (size_t failing = 1; failing <= requests; failing += step) {
    if (std::chrono::steady_clock::now() - began > kBudget) break;
    const size_t held = memory_blocks();
    run_with_failing(which, failing);
    ++runs;
    if (memory_blocks() != held) {
      ++failures();
      std::cerr << which.name << ": with request " << failing << " refused, "
                << static_cast<long long>(memory_blocks()) - static_cast<long long>(held)
                << " blocks leaked\n";
      break;
    }
  }
  return runs;
}

}  // namespace

size_t run_with_failing(const Case& which, size_t failing) {
  const size_t before = memory_requests();
  fail_at(failing);
  try {
    which.run();
  } catch (const std::bad_alloc&) {
    if (failing == 0) {
      fail_at(0);
      throw;
    }
  }
  fail_at(0);
  return memory_requests() - before;
}

int run_all() {
  for (const Case& each : cases()) {
    const int before = failures();
    run_with_failing(each, 0);
    const size_t requests = run_with_failing(each, 0);  // statics stand since the first run
    const size_t starved = failures() == before ? run_starved(each, requests) : 0;
    std::cout << (failures() == before ? "ok   " : "FAIL ") << each.name << " (" << starved
              << " of " << requests << " requests refused)\n";
  }
  return failures() == 0 ? 0 : 1;
}

}  // namespace kefu::test

int main() { return kefu::test::run_all(); }
