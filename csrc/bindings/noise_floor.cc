// The noise of a line. The GIL is kept: 20 ms cost a tenth of a microsecond.
#include "noise_floor.h"

#include "arguments.h"
#include "bind.h"

namespace kefu::bindings {
namespace {

NoiseFloor make_noise_floor(const py::object& rate_hz) {
  return NoiseFloor(static_cast<int>(integer(rate_hz, "rate_hz", 0, 1 << 20)));
}

void push(NoiseFloor& noise, const py::object& pcm) {
  const Samples samples(pcm, "pcm", Samples::Kind::kPcm);
  noise.push(samples.pcm(), samples.samples());
}

}  // namespace

void bind_noise_floor(py::module_& module) {
  py::class_<NoiseFloor>(module, "NoiseFloor")
      .def(py::init(&make_noise_floor), py::arg("rate_hz"))
      .def("push", &push, py::arg("pcm"))
      .def_property_readonly("dbfs", &NoiseFloor::dbfs);
}

}  // namespace kefu::bindings
