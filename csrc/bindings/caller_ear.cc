// One call's ear. The GIL is kept: what costs more than a microsecond goes through the front end,
// or copies what was computed there.
#include "caller_ear.h"

#include <memory>
#include <optional>

#include "arguments.h"
#include "bind.h"
#include "ear.h"
#include "one_thread.h"

namespace kefu::bindings {
namespace {

std::shared_ptr<Ear> make_ear(const py::object& rate_hz, const py::object& first_sample,
                              const py::object& on, const py::object& off,
                              const py::object& start_ms, const py::object& stop_ms,
                              const py::object& pre_roll_ms, const py::object& post_roll_ms) {
  return std::make_shared<Ear>(
      EarRule{integer(rate_hz, "rate_hz"), integer(first_sample, "first_sample"),
              number(on, "on", 0.0, 1.0), number(off, "off", 0.0, 1.0),
              integer(start_ms, "start_ms"), integer(stop_ms, "stop_ms"),
              integer(pre_roll_ms, "pre_roll_ms"), integer(post_roll_ms, "post_roll_ms")});
}

py::bytes utterance(Ear& ear) {
  const Busy busy(ear.busy, "ear");
  const auto samples = static_cast<size_t>(ear.pcm_end() - ear.pcm_start());
  py::bytes pcm = new_bytes(samples * sizeof(int16_t));
  ear.pcm(pcm_data(pcm));
  return pcm;
}

std::optional<py::array_t<float>> spectrogram(Ear& ear) {
  const Busy busy(ear.busy, "ear");
  const size_t frames = ear.spectrogram_frames();
  if (frames == 0) return std::nullopt;
  py::array_t<float> mel = new_array<float>({CallerEar::kBands, frames});
  ear.spectrogram(mel.mutable_data());
  return mel;
}

void finish_utterance(Ear& ear) {
  const Busy busy(ear.busy, "ear");
  ear.finish_utterance();
}

void begin_anew(Ear& ear) {
  const Busy busy(ear.busy, "ear");
  ear.begin_anew();
}

}  // namespace

void bind_caller_ear(py::module_& module) {
  py::class_<Ear, std::shared_ptr<Ear>>(module, "CallerEar", py::is_final())
      .def(py::init(&make_ear), py::arg("rate_hz"), py::arg("first_sample"), py::kw_only(),
           py::arg("on"), py::arg("off"), py::arg("start_ms"), py::arg("stop_ms"),
           py::arg("pre_roll_ms"), py::arg("post_roll_ms"))
      .def_property_readonly("rate_hz", &CallerEar::rate_hz)
      .def_property_readonly("next_sample", &CallerEar::next_sample)
      .def_property_readonly("voiced", &CallerEar::voiced)
      .def_property_readonly("newest", &CallerEar::newest)
      .def_property_readonly("voice_start", &CallerEar::voice_start)
      .def_property_readonly("voice_end", &CallerEar::voice_end)
      .def_property_readonly("silence_ms", &CallerEar::silence_ms)
      .def_property_readonly("voiced_ms", &CallerEar::voiced_ms)
      .def_property_readonly("in_utterance", &CallerEar::in_utterance)
      .def_property_readonly("utterance_start", &CallerEar::utterance_start)
      .def("utterance", &utterance)
      .def("spectrogram", &spectrogram)
      .def("finish_utterance", &finish_utterance)
      .def("begin_anew", &begin_anew);
}

}  // namespace kefu::bindings
