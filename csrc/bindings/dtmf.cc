// Keys heard as tones. The GIL is kept: 20 ms cost about a microsecond.
#include "dtmf.h"

#include <string>

#include "arguments.h"
#include "bind.h"

namespace kefu::bindings {
namespace {

constexpr int64_t kLongestSkip = 24'000 * 60;

int as_rate(const py::object& rate_hz) {
  return static_cast<int>(integer(rate_hz, "rate_hz", 1, 1'000'000));
}

py::list push(Dtmf& dtmf, const py::object& pcm) {
  const Samples samples(pcm, "pcm", Samples::Kind::kPcm);
  dtmf.push(samples.pcm(), samples.samples());
  py::list keys;
  Key key;
  while (dtmf.take(&key)) keys.append(py::make_tuple(std::string(1, key.digit), key.sample));
  return keys;
}

}  // namespace

void bind_dtmf(py::module_& module) {
  py::class_<Dtmf>(module, "Dtmf")
      .def(py::init([](const py::object& rate_hz) { return Dtmf(as_rate(rate_hz)); }),
           py::arg("rate_hz"))
      .def("push", &push, py::arg("pcm"))
      .def(
          "skip",
          [](Dtmf& dtmf, const py::object& samples) {
            dtmf.skip(static_cast<size_t>(integer(samples, "samples", 0, kLongestSkip)));
          },
          py::arg("samples"));
}

}  // namespace kefu::bindings
