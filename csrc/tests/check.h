// What a C++ test needs: named cases and checks that say file, line and both values.
#pragma once

#include <functional>
#include <iostream>
#include <string>
#include <vector>

namespace kefu::test {

struct Case {
  std::string name;
  std::function<void()> run;
};

inline std::vector<Case>& cases() {
  static std::vector<Case> all;
  return all;
}

inline int& failures() {
  static int count = 0;
  return count;
}

inline bool add_case(const char* name, std::function<void()> run) {
  cases().push_back({name, std::move(run)});
  return true;
}

template <typename A, typename B>
void equal(const A& got, const B& expected, const char* what, const char* file, int line) {
  if (got == expected) return;
  ++failures();
  std::cerr << file << ':' << line << ": " << what << ": got " << got << ", expected " << expected
            << '\n';
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

inline int run_all() {
  for (const Case& each : cases()) {
    const int before = failures();
    each.run();
    std::cout << (failures() == before ? "ok   " : "FAIL ") << each.name << '\n';
  }
  return failures() == 0 ? 0 : 1;
}

}  // namespace kefu::test

#define KEFU_CASE(name)                                                                     \
  static void name();                                                                       \
  [[maybe_unused]] static const bool added_##name = ::kefu::test::add_case(#name, &(name)); \
  static void name()
#define KEFU_EQUAL(got, expected) ::kefu::test::equal((got), (expected), #got, __FILE__, __LINE__)
#define KEFU_CHECK(condition) KEFU_EQUAL(static_cast<bool>(condition), true)
#define KEFU_THROWS(Error, call) \
  ::kefu::test::throws<Error>([&] { call; }, #call, __FILE__, __LINE__)

int main() { return kefu::test::run_all(); }
