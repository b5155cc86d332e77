// What several recognisers heard, made one text. The GIL is released while it is voted.
#include "asr_fusion.h"

#include <string>
#include <vector>

#include "arguments.h"
#include "bind.h"
#include "fusion_weights.h"
#include "texts.h"

namespace kefu::bindings {
namespace {

constexpr double kMostWeight = 1e6;

std::vector<double> numbers(const py::handle& object, const char* name, size_t most, double least,
                            double greatest) {
  const Items items(object, name, "a list of numbers", most);
  std::vector<double> result(items.size());
  for (size_t i = 0; i < items.size(); ++i) result[i] = number(items[i], name, least, greatest);
  return result;
}

// It looks at the bytes of the text among `parts`.
Reading reading_of(const Items& parts) {
  if (parts.size() != 3) {
    refuse("readings", std::to_string(parts.size()) + " parts", "(text, posterior, confidences)");
  }
  const bool several = PyList_Check(parts[2]) != 0 || PyTuple_Check(parts[2]) != 0;
  return {utf8(parts[0], "text"), number(parts[1], "posterior", 0.0, kMostWeight),
          several ? numbers(parts[2], "confidences", kMostNetworkTokens, 0.0, 1.0)
                  : std::vector<double>{number(parts[2], "confidences", 0.0, 1.0)}};
}

const Calibration& calibration_of(const py::handle& object, const char* name) {
  if (!py::isinstance<Calibration>(object)) {
    throw py::type_error(std::string(name) + ": got " + Py_TYPE(object.ptr())->tp_name +
                         ", expected a Calibration");
  }
  return object.cast<const Calibration&>();
}

FusedText fuse(const py::object& engines, const py::object& alpha,
               const py::object& null_confidence, const py::object& calibration) {
  FusionRule rule;
  rule.voting.alpha = number(alpha, "alpha", 0.0, 1.0);
  rule.voting.null_confidence = number(null_confidence, "null_confidence", 0.0, 1.0);
  if (!calibration.is_none()) rule.calibration = calibration_of(calibration, "calibration");
  const Items given(engines, "engines", "a list of (weight, calibration, readings)", kMostEngines);
  std::vector<EngineReadings> heard;
  std::vector<Items> held;  // the texts that are read while the GIL is away
  size_t count = 0;
  for (size_t i = 0; i < given.size(); ++i) {
    const Items parts(given[i], "engines", "(weight, calibration, readings)", 3);
    if (parts.size() != 3) {
      refuse("engines", std::to_string(parts.size()) + " parts", "(weight, calibration, readings)");
    }
    EngineReadings one;
    one.weight = number(parts[0], "weight", 0.0, kMostWeight);
    if (parts[1] != Py_None) one.calibration = calibration_of(parts[1], "calibration");
    const Items readings(parts[2], "readings", "a list of (text, posterior, confidences)",
                         kMostHypotheses);
    count += readings.size();
    if (count > kMostHypotheses) {
      refuse("hypotheses", std::to_string(count), "at most " + std::to_string(kMostHypotheses));
    }
    for (size_t r = 0; r < readings.size(); ++r) {
      held.emplace_back(readings[r], "readings", "(text, posterior, confidences)", 3);
      one.readings.push_back(reading_of(held.back()));
    }
    heard.push_back(std::move(one));
  }
  const py::gil_scoped_release unlocked;
  return fuse_readings(heard, rule);
}

std::vector<double> weights_of(const py::object& row, const py::object& base,
                               const py::object& document_base, const py::object& confidence,
                               const py::object& threshold, const py::object& factor) {
  const auto values = [](const py::object& object, const char* name, double most) {
    return numbers(object, name, kMostEngines, 0.0, most);
  };
  return fusion_weights(
      values(row, "row", kMostWeight), values(base, "base", kMostWeight),
      values(document_base, "document_base", kMostWeight), values(confidence, "confidence", 1.0),
      {number(threshold, "threshold", 0.0, 1.0), number(factor, "factor", 0.0, kMostWeight)});
}

Calibration table_of(const py::object& confidences, const py::object& shares) {
  return {numbers(confidences, "confidences", kMostCalibrationKnots, 0.0, 1.0),
          numbers(shares, "shares", kMostCalibrationKnots, 0.0, 1.0)};
}

template <typename Value, typename Of>
py::tuple each_token(const FusedText& fused, Of of) {
  py::tuple all(fused.tokens.size());
  for (size_t i = 0; i < fused.tokens.size(); ++i) all[i] = Value(of(fused.tokens[i]));
  return all;
}

}  // namespace

void bind_asr_fusion(py::module_& module) {
  py::class_<Calibration>(module, "Calibration", py::is_final())
      .def_static(
          "curve",
          [](const py::object& slope, const py::object& offset) {
            return Calibration(number(slope, "slope", 0.0, 100.0),
                               number(offset, "offset", -100.0, 100.0));
          },
          py::arg("slope"), py::arg("offset"))
      .def_static("table", &table_of, py::arg("confidences"), py::arg("shares"))
      .def(
          "apply",
          [](const Calibration& calibration, const py::object& confidence) {
            return calibration(number(confidence, "confidence", 0.0, 1.0));
          },
          py::arg("confidence"));
  py::class_<FusedText>(module, "FusedText", py::is_final())
      .def_readonly("text", &FusedText::text)
      .def_property_readonly("tokens",
                             [](const FusedText& fused) {
                               return each_token<py::str>(
                                   fused, [](const FusedToken& token) { return token.text; });
                             })
      .def_property_readonly("confidences",
                             [](const FusedText& fused) {
                               return each_token<py::float_>(
                                   fused, [](const FusedToken& token) { return token.confidence; });
                             })
      .def_property_readonly("engines",
                             [](const FusedText& fused) {
                               return each_token<py::int_>(
                                   fused, [](const FusedToken& token) { return token.engine; });
                             })
      .def_readonly("confidence", &FusedText::confidence)
      .def_readonly("agreement", &FusedText::agreement)
      .def_readonly("slots", &FusedText::slots)
      .def_readonly("contested", &FusedText::contested)
      .def_readonly("characters", &FusedText::characters)
      .def_readonly("repeated_twice", &FusedText::repeated_twice)
      .def_readonly("repeated_thrice", &FusedText::repeated_thrice);
  module.def("fuse_readings", &fuse, py::arg("engines"), py::kw_only(), py::arg("alpha") = 0.0,
             py::arg("null_confidence") = 0.7, py::arg("calibration") = py::none());
  module.def("fusion_weights", &weights_of, py::arg("row"), py::arg("base"),
             py::arg("document_base"), py::arg("confidence"), py::kw_only(),
             py::arg("threshold") = 0.8, py::arg("factor") = 1.2);
}

}  // namespace kefu::bindings
