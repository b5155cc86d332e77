// When voice starts and stops. The GIL is kept: a window costs nanoseconds.
#include "voice_edges.h"

#include "arguments.h"
#include "bind.h"
#include "edge_name.h"

namespace kefu::bindings {
namespace {

VoiceEdges make_voice_edges(const py::object& window, const py::object& rate_hz,
                            const py::object& on, const py::object& off, const py::object& start_ms,
                            const py::object& stop_ms) {
  return VoiceEdges({integer(window, "window"), integer(rate_hz, "rate_hz"),
                     number(on, "on", 0.0, 1.0), number(off, "off", 0.0, 1.0),
                     integer(start_ms, "start_ms"), integer(stop_ms, "stop_ms")});
}

}  // namespace

void bind_voice_edges(py::module_& module) {
  py::class_<VoiceEdges>(module, "VoiceEdges")
      .def(py::init(&make_voice_edges), py::arg("window"), py::arg("rate_hz"), py::arg("on"),
           py::arg("off"), py::arg("start_ms"), py::arg("stop_ms"))
      .def(
          "push",
          [](VoiceEdges& edges, const py::object& probability) {
            return edge_name(edges.push(number(probability, "probability", 0.0, 1.0)));
          },
          py::arg("probability"))
      .def_property_readonly("voiced", &VoiceEdges::voiced)
      .def_property_readonly("voice_start", &VoiceEdges::voice_start)
      .def_property_readonly("voice_end", &VoiceEdges::voice_end)
      .def_property_readonly("silence_samples", &VoiceEdges::silence_samples)
      .def_property_readonly("voiced_samples", &VoiceEdges::voiced_samples)
      .def("reset_utterance", &VoiceEdges::reset_utterance)
      .def(
          "skip",
          [](VoiceEdges& edges, const py::object& samples) {
            return edge_name(edges.skip(integer(samples, "samples")));
          },
          py::arg("samples"));
}

}  // namespace kefu::bindings
