// Lists of words in, lists of pairs out; arrays of numbers in, an array of positions out. Words are
// numbered by the hash that Python keeps in them. From kReleaseCells on the GIL is released.
#include "alignment.h"

#include <optional>
#include <string>
#include <vector>

#include "arguments.h"
#include "bind.h"
#include "intern.h"
#include "texts.h"

namespace kefu::bindings {
namespace {

constexpr size_t kReleaseCells = 50'000;

struct Numbered {
  std::vector<int32_t> reference;
  std::vector<int32_t> hypothesis;
  size_t symbols = 0;

  Symbols references() const { return {reference.data(), reference.size()}; }
  Symbols hypotheses() const { return {hypothesis.data(), hypothesis.size()}; }
  bool large() const { return reference.size() * hypothesis.size() >= kReleaseCells; }
};

Numbered numbered(const Words& reference, const Words& hypothesis) {
  Intern<PyObject*> intern(reference.size() + hypothesis.size());
  Numbered result;
  result.reference = reference.numbered(intern);
  result.hypothesis = hypothesis.numbered(intern);
  result.symbols = intern.size();
  return result;
}

Numbered numbered(const Tensor<int32_t>& reference, const Tensor<int32_t>& hypothesis) {
  for (const auto& [tensor, name] :
       {std::make_pair(&reference, "reference"), std::make_pair(&hypothesis, "hypothesis")}) {
    if (tensor->size() > kMostAlignedSymbols) {
      refuse(name, std::to_string(tensor->size()) + " symbols",
             "at most " + std::to_string(kMostAlignedSymbols));
    }
  }
  Intern<int32_t> intern(reference.size() + hypothesis.size());
  const auto same = [](int32_t a, int32_t b) { return a == b; };
  const auto number = [&](const Tensor<int32_t>& tensor, std::vector<int32_t>& numbers) {
    numbers.resize(tensor.size());
    for (size_t i = 0; i < tensor.size(); ++i) {
      const int32_t symbol = tensor.data()[i];
      numbers[i] = intern.number(symbol, static_cast<uint32_t>(symbol), same);
    }
  };
  Numbered result;
  number(reference, result.reference);
  number(hypothesis, result.hypothesis);
  result.symbols = intern.size();
  return result;
}

AlignmentCosts costs_of(const py::handle& insertion, const py::handle& deletion,
                        const py::handle& substitution) {
  const auto cost = [](const py::handle& value, const char* name) {
    return static_cast<int32_t>(integer(value, name, 0, kMostAlignmentCost));
  };
  return {cost(insertion, "insertion"), cost(deletion, "deletion"),
          cost(substitution, "substitution")};
}

std::vector<AlignedPair> aligned(const Numbered& both, const AlignmentCosts& costs) {
  std::optional<py::gil_scoped_release> unlocked;
  if (both.large()) unlocked.emplace();
  return align(both.references(), both.hypotheses(), both.symbols, costs);
}

py::list align_words(const py::object& reference, const py::object& hypothesis,
                     const py::object& gap, const py::object& insertion, const py::object& deletion,
                     const py::object& substitution) {
  const AlignmentCosts costs = costs_of(insertion, deletion, substitution);
  const Words references(reference, "reference", kMostAlignedSymbols);
  const Words hypotheses(hypothesis, "hypothesis", kMostAlignedSymbols);
  const std::vector<AlignedPair> pairs = aligned(numbered(references, hypotheses), costs);
  auto list = py::reinterpret_steal<py::list>(PyList_New(static_cast<Py_ssize_t>(pairs.size())));
  if (!list) throw py::error_already_set();
  for (size_t i = 0; i < pairs.size(); ++i) {
    const auto [from, to] = pairs[i];
    PyObject* const left = from < 0 ? gap.ptr() : references[static_cast<size_t>(from)];
    PyObject* const right = to < 0 ? gap.ptr() : hypotheses[static_cast<size_t>(to)];
    PyObject* const pair = PyTuple_Pack(2, left, right);
    if (pair == nullptr) throw py::error_already_set();
    PyList_SET_ITEM(list.ptr(), static_cast<Py_ssize_t>(i), pair);
  }
  return list;
}

py::array_t<int32_t> align_positions(const py::object& reference, const py::object& hypothesis,
                                     const py::object& insertion, const py::object& deletion,
                                     const py::object& substitution) {
  const AlignmentCosts costs = costs_of(insertion, deletion, substitution);
  const Tensor<int32_t> references(reference, "reference", 1);
  const Tensor<int32_t> hypotheses(hypothesis, "hypothesis", 1);
  const std::vector<AlignedPair> pairs = aligned(numbered(references, hypotheses), costs);
  auto positions = new_array<int32_t>({pairs.size(), 2});
  int32_t* const to = positions.mutable_data();
  for (size_t i = 0; i < pairs.size(); ++i) {
    to[2 * i] = pairs[i].reference;
    to[2 * i + 1] = pairs[i].hypothesis;
  }
  return positions;
}

int64_t distance(const py::object& reference, const py::object& hypothesis,
                 const py::object& insertion, const py::object& deletion,
                 const py::object& substitution) {
  const AlignmentCosts costs = costs_of(insertion, deletion, substitution);
  const bool words = PyList_Check(reference.ptr()) != 0 || PyTuple_Check(reference.ptr()) != 0;
  const Numbered both = words ? numbered(Words(reference, "reference", kMostAlignedSymbols),
                                         Words(hypothesis, "hypothesis", kMostAlignedSymbols))
                              : numbered(Tensor<int32_t>(reference, "reference", 1),
                                         Tensor<int32_t>(hypothesis, "hypothesis", 1));
  std::optional<py::gil_scoped_release> unlocked;
  if (both.large()) unlocked.emplace();
  return edit_distance(both.references(), both.hypotheses(), both.symbols, costs);
}

}  // namespace

void bind_alignment(py::module_& module) {
  module.def("align", &align_words, py::arg("reference"), py::arg("hypothesis"),
             py::arg("gap") = py::none(), py::kw_only(), py::arg("insertion") = 1,
             py::arg("deletion") = 1, py::arg("substitution") = 1);
  module.def("align_positions", &align_positions, py::arg("reference"), py::arg("hypothesis"),
             py::kw_only(), py::arg("insertion") = 1, py::arg("deletion") = 1,
             py::arg("substitution") = 1);
  module.def("edit_distance", &distance, py::arg("reference"), py::arg("hypothesis"), py::kw_only(),
             py::arg("insertion") = 1, py::arg("deletion") = 1, py::arg("substitution") = 1);
}

}  // namespace kefu::bindings
