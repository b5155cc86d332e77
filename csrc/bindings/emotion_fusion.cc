// Voice and text as one feeling. The GIL is released for more than 32 calls at once.
#include "emotion_fusion.h"

#include <limits>
#include <optional>
#include <string>

#include "arguments.h"
#include "bind.h"

namespace kefu::bindings {
namespace {

using Rule = EmotionFusionRule<double>;
using Weights = ModalityWeights<double>;

constexpr size_t kCheap = 32;  // calls that cost less than giving the GIL away
constexpr double kMost = std::numeric_limits<double>::max();

Weights pair(const py::handle& value, const char* name, double most = kMost) {
  if (!py::isinstance<py::tuple>(value) || py::len(value) != 2) {
    throw py::type_error(std::string(name) + ": got " + std::string(Py_TYPE(value.ptr())->tp_name) +
                         ", expected a tuple of two numbers");
  }
  const auto two = py::reinterpret_borrow<py::tuple>(value);
  return {number(two[0], name, 0.0, most), number(two[1], name, 0.0, most)};
}

Rule rule_of(const py::object& base, const py::object& document_base, const py::object& sure_above,
             const py::object& sure_factor) {
  Rule rule;
  rule.base = pair(base, "base");
  rule.document_base = pair(document_base, "document_base");
  rule.sure_above = number(sure_above, "sure_above", 0.0, 1.0);
  rule.sure_factor = number(sure_factor, "sure_factor", 0.0, kMost);
  for (Weights& row : rule.rows) row = rule.document_base;
  return rule;
}

py::tuple fuse(const py::object& voice, const py::object& text, const py::object& confidence,
               const py::object& trust, const py::object& present, const py::object& rows,
               const py::object& base, const py::object& document_base,
               const py::object& sure_above, const py::object& sure_factor) {
  const Tensor<double> by_voice(voice, "voice", 2);
  const Tensor<double> by_text(text, "text", 2);
  const Tensor<double> sure(confidence, "confidence", 2);
  const Tensor<double> trusted(trust, "trust", 2);
  const Tensor<uint8_t> there(present, "present", 2);
  const Tensor<double> table(rows, "rows", 2);
  const size_t calls = by_voice.shape(0);
  require_shape(by_voice, "voice", 1, kEmotions);
  require_shape(by_text, "text", 0, calls);
  require_shape(by_text, "text", 1, kEmotions);
  require_shape(sure, "confidence", 0, calls);
  require_shape(sure, "confidence", 1, 2);
  require_shape(trusted, "trust", 0, calls);
  require_shape(trusted, "trust", 1, 2);
  require_shape(there, "present", 0, calls);
  require_shape(there, "present", 1, 2);
  require_shape(table, "rows", 0, kEmotions);
  require_shape(table, "rows", 1, 2);
  Rule rule = rule_of(base, document_base, sure_above, sure_factor);
  for (size_t i = 0; i < kEmotions; ++i) {
    rule.rows[i] = {table.data()[2 * i], table.data()[2 * i + 1]};
  }
  py::array_t<double> fused = new_array<double>({calls, kEmotions});
  py::array_t<double> weights = new_array<double>({calls, size_t{2}});
  py::array_t<double> found = new_array<double>({calls});
  double* const fused_out = fused.mutable_data();
  double* const weights_out = weights.mutable_data();
  double* const found_out = found.mutable_data();
  {
    std::optional<py::gil_scoped_release> unlocked;
    if (calls > kCheap) unlocked.emplace();
    fuse_emotions(rule, calls, by_voice.data(), by_text.data(), sure.data(), trusted.data(),
                  there.data(), fused_out, weights_out, found_out);
  }
  return py::make_tuple(fused, weights, found);
}

py::tuple weights_of(const py::object& row, const py::object& confidence, const py::object& base,
                     const py::object& document_base, const py::object& sure_above,
                     const py::object& sure_factor) {
  Rule rule = rule_of(base, document_base, sure_above, sure_factor);
  rule.rows[0] = pair(row, "row");
  check_emotion_rule(rule);
  const Weights sure = pair(confidence, "confidence", 1.0);
  const Weights own = emotion_weights(rule.rows[0], rule, sure.voice, sure.text);
  return py::make_tuple(own.voice, own.text);
}

py::array_t<double> weigh(const py::object& posterior, const py::object& class_weights) {
  const Tensor<double> rows(posterior, "posterior", 2);
  const Tensor<double> classes(class_weights, "class_weights", 1);
  require_shape(rows, "posterior", 1, kEmotions);
  require_shape(classes, "class_weights", 0, kEmotions);
  const size_t calls = rows.shape(0);
  py::array_t<double> weighed = new_array<double>({calls, kEmotions});
  double* const out = weighed.mutable_data();
  std::optional<py::gil_scoped_release> unlocked;
  if (calls > kCheap) unlocked.emplace();
  weigh_emotions(calls, rows.data(), classes.data(), out);
  unlocked.reset();
  return weighed;
}

}  // namespace

void bind_emotion_fusion(py::module_& module) {
  module.def("fuse_emotions", &fuse, py::arg("voice"), py::arg("text"), py::arg("confidence"),
             py::arg("trust"), py::arg("present"), py::kw_only(), py::arg("rows"), py::arg("base"),
             py::arg("document_base"), py::arg("sure_above"), py::arg("sure_factor"));
  module.def("emotion_weights", &weights_of, py::arg("row"), py::arg("confidence"), py::kw_only(),
             py::arg("base"), py::arg("document_base"), py::arg("sure_above"),
             py::arg("sure_factor"));
  module.def("weigh_emotions", &weigh, py::arg("posterior"), py::arg("class_weights"));
}

}  // namespace kefu::bindings
