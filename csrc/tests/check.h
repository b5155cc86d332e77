// What a C++ test needs: named cases and checks that say file, line and both values.
//
// The runner runs each case as it is, and then again with the allocator failing at the first, the
// second, the third request and so on (of more than a thousand, a thousand spread over them; for
// 1.5 s at most): the case must end by std::bad_alloc or whole, and give back all that it took. A
// case therefore owns its memory by RAII and leaves nothing behind.
#pragma once

#include <cmath>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "allocator.h"

namespace kefu::test {

struct Case {
  std::string name;
  std::function<void()> run;
  bool is_long;
};

inline std::vector<Case>& cases() {
  static std::vector<Case> all;
  return all;
}

inline int& failures() {
  static int count = 0;
  return count;
}

inline bool add_case(const char* name, std::function<void()> run, bool is_long) {
  cases().push_back({name, std::move(run), is_long});
  return true;
}

template <typename A, typename B>
void equal(const A& got, const B& expected, const char* what, const char* file, int line) {
  if (got == expected) return;
  ++failures();
  std::cerr << file << ':' << line << ": " << what << ": got " << got << ", expected " << expected
            << '\n';
}

inline void near(double got, double expected, double tolerance, const char* what, const char* file,
                 int line) {
  if (std::abs(got - expected) <= tolerance) return;
  ++failures();
  std::cerr << file << ':' << line << ": " << what << ": got " << got << ", expected " << expected
            << " within " << tolerance << '\n';
}

template <typename Error, typename Call>
void throws(Call call, const char* what, const char* file, int line) {
  try {
    call();
  } catch (const Error&) {
    return;
  }
  ++failures();
  std::cerr << file << ':' << line << ": " << what << ": nothing was thrown\n";
}

// Runs the case with the `failing`-th request refused (0: none); returns how many it made.
size_t run_with_failing(const Case& which, size_t failing);
// Every case, as said above; the exit status.
int run_all();

}  // namespace kefu::test

#define KEFU_ADD_CASE(name, is_long)                   \
  static void name();                                  \
  [[maybe_unused]] static const bool added_##name =    \
      ::kefu::test::add_case(#name, &(name), is_long); \
  static void name()
#define KEFU_CASE(name) KEFU_ADD_CASE(name, false)
// Takes more than 50 ms: its allocator fails at 16 requests only, spread over the case.
#define KEFU_LONG_CASE(name) KEFU_ADD_CASE(name, true)
#define KEFU_EQUAL(got, expected) ::kefu::test::equal((got), (expected), #got, __FILE__, __LINE__)
#define KEFU_NEAR(got, expected, tolerance)                                                      \
  ::kefu::test::near(static_cast<double>(got), static_cast<double>(expected), (tolerance), #got, \
                     __FILE__, __LINE__)
#define KEFU_CHECK(condition) KEFU_EQUAL(static_cast<bool>(condition), true)
#define KEFU_THROWS(Error, call) \
  ::kefu::test::throws<Error>([&] { call; }, #call, __FILE__, __LINE__)
// The statement asks for no memory.
#define KEFU_NO_ALLOCATION(statement)                                       \
  do {                                                                      \
    const size_t kefu_requests_before = ::kefu::test::memory_requests();    \
    statement;                                                              \
    KEFU_EQUAL(::kefu::test::memory_requests() - kefu_requests_before, 0U); \
  } while (false)
