// Echo of our own voice. The GIL is kept: 20 ms cost some microseconds, 30 at most.
#include "echo.h"

#include "arguments.h"
#include "bind.h"

namespace kefu::bindings {
namespace {

constexpr int64_t kMostSamples = 1 << 24;

EchoMeter make_echo_meter(const py::object& rate_hz, const py::object& below_db,
                          const py::object& longest_delay_ms) {
  const auto rate = static_cast<int>(integer(rate_hz, "rate_hz", 0, 1 << 20));
  return EchoMeter(rate,
                   {number(below_db, "below_db", 0.0, 60.0),
                    static_cast<int>(integer(longest_delay_ms, "longest_delay_ms", 0, 2000))});
}

void played(EchoMeter& meter, const py::object& pcm) {
  const Samples samples(pcm, "pcm", Samples::Kind::kPcm);
  meter.played(samples.pcm(), samples.samples());
}

double heard(EchoMeter& meter, const py::object& pcm, const py::object& untaken) {
  const Samples samples(pcm, "pcm", Samples::Kind::kPcm);
  return meter.heard(samples.pcm(), samples.samples(),
                     static_cast<size_t>(integer(untaken, "untaken", 0, kMostSamples)));
}

}  // namespace

void bind_echo(py::module_& module) {
  const EchoSettings shipped;
  py::class_<EchoMeter>(module, "EchoMeter")
      .def(py::init(&make_echo_meter), py::arg("rate_hz"), py::arg("below_db") = shipped.below_db,
           py::arg("longest_delay_ms") = shipped.longest_delay_ms)
      .def("played", &played, py::arg("pcm"))
      .def("heard", &heard, py::arg("pcm"), py::arg("untaken") = 0)
      .def("forget_heard", &EchoMeter::forget_heard);
}

}  // namespace kefu::bindings
