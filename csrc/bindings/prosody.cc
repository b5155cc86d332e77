// How an utterance was said. The GIL is released by `measure`, `contour`, `prosody` and, for more
// than 100 ms at once, by `push`; an object's own lock is held meanwhile.
#include "prosody.h"

#include <memory>
#include <mutex>
#include <optional>

#include "arguments.h"
#include "bind.h"
#include "one_thread.h"

namespace kefu::bindings {
namespace {

constexpr int64_t kLeastHz = 8000;
constexpr int64_t kMostHz = 48'000;
constexpr size_t kCheap = 4800;  // samples that cost less than giving the GIL away

struct SharedMeter {
  ProsodyMeter meter;
  std::mutex lock;
};

std::unique_ptr<SharedMeter> make_meter(const py::object& rate_hz) {
  const int64_t rate = integer(rate_hz, "rate_hz", kLeastHz, kMostHz);
  return std::unique_ptr<SharedMeter>(new SharedMeter{ProsodyMeter(rate), {}});
}

void push(SharedMeter& shared, const py::object& pcm) {
  const Samples samples(pcm, "pcm", Samples::Kind::kPcm);
  const auto held = hold(shared.lock);
  std::optional<py::gil_scoped_release> unlocked;
  if (samples.samples() > kCheap) unlocked.emplace();
  shared.meter.push(samples.pcm(), samples.samples());
}

Prosody measure(SharedMeter& shared) {
  const auto held = hold(shared.lock);
  const py::gil_scoped_release unlocked;
  return shared.meter.measure();
}

void reset(SharedMeter& shared) {
  const auto held = hold(shared.lock);
  shared.meter.reset();
}

py::tuple contour(SharedMeter& shared) {
  const auto held = hold(shared.lock);
  ProsodyMeter& meter = shared.meter;
  py::array_t<double> hz = new_array<double>({meter.frames()});
  py::array_t<double> dbfs = new_array<double>({meter.frames()});
  double* const hz_out = hz.mutable_data();
  double* const dbfs_out = dbfs.mutable_data();
  {
    const py::gil_scoped_release unlocked;
    meter.contour(hz_out, dbfs_out);
  }
  return py::make_tuple(hz, dbfs);
}

Prosody whole(const py::object& pcm, const py::object& rate_hz) {
  const int64_t rate = integer(rate_hz, "rate_hz", kLeastHz, kMostHz);
  const Samples samples(pcm, "pcm", Samples::Kind::kPcm);
  const py::gil_scoped_release unlocked;
  return prosody(samples.pcm(), samples.samples(), rate);
}

}  // namespace

void bind_prosody(py::module_& module) {
  py::class_<Prosody>(module, "Prosody", py::is_final())
      .def_readonly("pitch_hz", &Prosody::pitch_hz)
      .def_readonly("pitch_spread", &Prosody::pitch_spread)
      .def_readonly("level_dbfs", &Prosody::level_dbfs)
      .def_readonly("level_spread", &Prosody::level_spread)
      .def_readonly("rate_sps", &Prosody::rate_sps)
      .def_readonly("voiced_ms", &Prosody::voiced_ms);
  py::class_<SharedMeter>(module, "ProsodyMeter")
      .def(py::init(&make_meter), py::arg("rate_hz"))
      .def("push", &push, py::arg("pcm"))
      .def("measure", &measure)
      .def("contour", &contour)
      .def("reset", &reset);
  module.def("prosody", &whole, py::arg("pcm"), py::arg("rate_hz"));
}

}  // namespace kefu::bindings
