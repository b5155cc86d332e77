// Packet-loss concealment. The GIL is kept: the search for a pitch costs tens of microseconds, and
// only where something was lost.
#include "conceal.h"

#include <algorithm>

#include "arguments.h"
#include "bind.h"

namespace kefu::bindings {
namespace {

// A Concealer that knows its rate, for the bound of what one gap may be.
struct BoundConcealer {
  explicit BoundConcealer(int rate_hz)
      : concealer(rate_hz), longest(rate_hz / 1000 * Concealer::kConcealedMs) {}

  Concealer concealer;
  int64_t longest;
};

py::bytes received(BoundConcealer& bound, const py::object& pcm) {
  const Samples samples(pcm, "pcm", Samples::Kind::kPcm);
  py::bytes heard = new_bytes(samples.bytes());
  std::copy_n(samples.pcm(), samples.samples(), pcm_data(heard));
  bound.concealer.received(pcm_data(heard), samples.samples());
  return heard;
}

py::bytes conceal(BoundConcealer& bound, const py::object& samples) {
  const auto count = static_cast<size_t>(integer(samples, "samples", 0, bound.longest));
  py::bytes invented = new_bytes(count * sizeof(int16_t));
  bound.concealer.conceal(pcm_data(invented), count);
  return invented;
}

}  // namespace

void bind_conceal(py::module_& module) {
  py::class_<BoundConcealer>(module, "Concealer")
      .def(py::init([](const py::object& rate_hz) {
             return BoundConcealer(static_cast<int>(integer(rate_hz, "rate_hz", 1, 1'000'000)));
           }),
           py::arg("rate_hz"))
      .def("received", &received, py::arg("pcm"))
      .def("conceal", &conceal, py::arg("samples"))
      .def("forget", [](BoundConcealer& bound) { bound.concealer.forget(); })
      .def_property_readonly("period",
                             [](const BoundConcealer& bound) { return bound.concealer.period(); });
}

}  // namespace kefu::bindings
