// The telephone line. The GIL is kept: a frame costs less than giving it away and taking it back.
#include "line.h"

#include <pybind11/stl.h>

#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arguments.h"
#include "bind.h"
#include "texts.h"

namespace kefu::bindings {
namespace {

using MaybePlace = std::optional<std::pair<int64_t, int64_t>>;

constexpr double kLeastGainDb = -96.0;
constexpr double kMostGainDb = 12.0;
constexpr double kLongestRampMs = 10'000.0;

struct Taken {
  int64_t first_sample;
  py::bytes pcm;
  int64_t lost;
  double echo;
};

MaybePlace maybe(const Place& place) {
  if (place.utterance < 0) return std::nullopt;
  return std::make_pair(place.utterance, place.offset);
}

Line make_line(const py::object& codec, const py::object& rate_hz, const py::object& frame_ms) {
  return Line(word(codec, "codec"), integer(rate_hz, "rate_hz"), integer(frame_ms, "frame_ms"));
}

Received receive(Line& line, const py::object& first_sample, const py::object& payload) {
  const Samples codes(payload, "payload", Samples::Kind::kBytes);
  return line.caller.receive(integer(first_sample, "first_sample"), codes.payload(), codes.bytes());
}

Taken take(Line& line) {
  const Stretch stretch = line.caller.waiting();
  Taken taken{stretch.first, new_bytes(stretch.samples() * sizeof(int16_t)), stretch.lost, 0.0};
  taken.echo = line.take(pcm_data(taken.pcm));
  return taken;
}

py::bytes recent(const Line& line) {
  py::bytes pcm = new_bytes(line.caller.recent_samples() * sizeof(int16_t));
  line.caller.recent(pcm_data(pcm));
  return pcm;
}

size_t say(Line& line, const py::object& utterance, const py::object& offset, const py::object& pcm,
           const py::object& last) {
  const Samples samples(pcm, "pcm", Samples::Kind::kPcm);
  return line.agent.say(integer(utterance, "utterance"), integer(offset, "offset"), samples.pcm(),
                        samples.samples(), truth(last, "last"));
}

void set_gain(Line& line, const py::object& gain_db, const py::object& ramp_ms) {
  const double db = number(gain_db, "gain_db", kLeastGainDb, kMostGainDb);
  const double ramp = number(ramp_ms, "ramp_ms", 0.0, kLongestRampMs);
  line.agent.set_gain(std::pow(10.0, db / 20.0),
                      static_cast<size_t>(std::llround(ramp * line.codec.rate_hz() / 1000.0)));
}

std::optional<py::bytes> frame(Line& line) {
  if (line.agent.paused()) return std::nullopt;
  py::bytes payload = new_bytes(line.codec.agent_frame_samples() * line.codec.bytes_per_sample());
  line.frame(data(payload));
  return payload;
}

std::string keys(Line& line) {
  std::string digits;
  Key key;
  while (line.keys.take(&key)) digits += key.digit;
  return digits;
}

std::vector<std::string> progress(Line& line) {
  std::vector<std::string> names;
  for (auto each = line.progress.take(); each != Progress::kNone; each = line.progress.take()) {
    names.emplace_back(progress_name(each));
  }
  return names;
}

MaybePlace playing(const Line& line) {
  const SpeechQueue& queue = line.agent.queue();
  return queue.open() ? maybe(queue.front()) : std::nullopt;
}

double queued_ms(const Line& line) {
  return static_cast<double>(line.agent.queue().waiting()) * 1000.0 / line.codec.rate_hz();
}

}  // namespace

void bind_line(py::module_& module) {
  py::class_<Received>(module, "Received", py::is_final())
      .def_readonly("accepted", &Received::accepted)
      .def_readonly("concealed", &Received::concealed)
      .def_readonly("lost", &Received::lost)
      .def_readonly("dropped", &Received::dropped);
  py::class_<Taken>(module, "Taken", py::is_final())
      .def_readonly("first_sample", &Taken::first_sample)
      .def_readonly("pcm", &Taken::pcm)
      .def_readonly("lost", &Taken::lost)
      .def_readonly("echo", &Taken::echo);
  py::class_<Line>(module, "Line")
      .def(py::init(&make_line), py::arg("codec"), py::arg("rate_hz"), py::arg("frame_ms"))
      .def_property_readonly("caller_next", [](const Line& line) { return line.caller.next(); })
      .def("receive", &receive, py::arg("first_sample"), py::arg("payload"))
      .def("take", &take)
      .def("recent", &recent)
      .def("keys", &keys)
      .def("progress", &progress)
      .def_property_readonly("level_dbfs",
                             [](const Line& line) { return line.caller_level().rms_dbfs; })
      .def_property_readonly("peak_dbfs",
                             [](const Line& line) { return line.caller_level().peak_dbfs; })
      .def_property_readonly("noise_dbfs", [](const Line& line) { return line.noise.dbfs(); })
      .def_property_readonly("agent_dbfs",
                             [](const Line& line) { return line.agent_level().rms_dbfs; })
      .def_property_readonly("agent_peak_dbfs",
                             [](const Line& line) { return line.agent_level().peak_dbfs; })
      .def_property_readonly("agent_next", [](const Line& line) { return line.agent.next(); })
      .def_property_readonly("paused", [](const Line& line) { return line.agent.paused(); })
      .def("say", &say, py::arg("utterance"), py::arg("offset"), py::arg("pcm"), py::arg("last"))
      .def(
          "cut",
          [](Line& line, const py::object& utterance) {
            return line.agent.cut(integer(utterance, "utterance"));
          },
          py::arg("utterance"))
      .def("set_gain", &set_gain, py::arg("gain_db"), py::arg("ramp_ms"))
      .def(
          "set_comfort_noise",
          [](Line& line, const py::object& level_dbfs) {
            line.set_comfort_noise(number(level_dbfs, "level_dbfs", Line::kNoComfortNoise, 0.0));
          },
          py::arg("level_dbfs"))
      .def("frame", &frame)
      .def_property_readonly("silent", [](const Line& line) { return line.agent.silent(); })
      .def(
          "set_taken",
          [](Line& line, const py::object& agent_sample) {
            line.agent.set_taken(integer(agent_sample, "agent_sample"));
          },
          py::arg("agent_sample"))
      .def_property_readonly("untaken", [](const Line& line) { return line.agent.untaken(); })
      .def_property_readonly("playing", &playing)
      .def_property_readonly("finished",
                             [](const Line& line) { return line.agent.queue().finished(); })
      .def_property_readonly("heard", [](const Line& line) { return maybe(line.agent.heard()); })
      .def(
          "settle",
          [](Line& line, const py::object& first_dropped) {
            return maybe(line.agent.settle(integer(first_dropped, "first_dropped")));
          },
          py::arg("first_dropped"))
      .def("queued_ms", &queued_ms);
}

}  // namespace kefu::bindings
