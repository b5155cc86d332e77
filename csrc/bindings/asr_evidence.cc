// Signs of whether a text was said. The GIL is kept for an utterance, which costs microseconds, and
// released from kReleaseWords on.
#include "asr_evidence.h"

#include <optional>

#include "arguments.h"
#include "bind.h"
#include "intern.h"
#include "texts.h"

namespace kefu::bindings {
namespace {

constexpr size_t kMostIntervals = 100'000;
constexpr size_t kReleaseWords = 500;

size_t repeat_of(const py::object& words, const py::object& times) {
  const auto count = static_cast<size_t>(integer(times, "times", 2, 1000));
  const Words given(words, "words", kMostAlignedSymbols);
  Intern<PyObject*> intern(given.size());
  const std::vector<int32_t> numbers = given.numbered(intern);
  std::optional<py::gil_scoped_release> unlocked;
  if (given.size() >= kReleaseWords) unlocked.emplace();
  return longest_repeat({numbers.data(), numbers.size()}, count);
}

double agreement_of(const py::object& first, const py::object& second) {
  const Words a(first, "first", kMostAlignedSymbols);
  const Words b(second, "second", kMostAlignedSymbols);
  Intern<PyObject*> intern(a.size() + b.size());
  const std::vector<int32_t> left = a.numbered(intern);
  const std::vector<int32_t> right = b.numbered(intern);
  std::optional<py::gil_scoped_release> unlocked;
  if (left.size() >= kReleaseWords) unlocked.emplace();
  return agreement({left.data(), left.size()}, {right.data(), right.size()}, intern.size());
}

std::vector<Interval> intervals(const py::object& object, const char* name) {
  const Items items(object, name, "a list of (begin_ms, end_ms)", kMostIntervals);
  std::vector<Interval> result;
  result.reserve(items.size());
  for (size_t i = 0; i < items.size(); ++i) {
    const Items pair(items[i], name, "(begin_ms, end_ms)", 2);
    if (pair.size() != 2)
      refuse(name, std::to_string(pair.size()) + " times", "(begin_ms, end_ms)");
    result.push_back({number(pair[0], name, 0.0, 1e12), number(pair[1], name, 0.0, 1e12)});
  }
  return result;
}

double share_of(const py::object& spoken, const py::object& voiced) {
  return voiced_share(intervals(spoken, "spoken"), intervals(voiced, "voiced"));
}

}  // namespace

void bind_asr_evidence(py::module_& module) {
  module.def("longest_repeat", &repeat_of, py::arg("words"), py::arg("times"));
  module.def("agreement", &agreement_of, py::arg("first"), py::arg("second"));
  module.def("voiced_share", &share_of, py::arg("spoken"), py::arg("voiced"));
}

}  // namespace kefu::bindings
