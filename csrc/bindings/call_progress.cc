// Call-progress tones. The GIL is kept: 20 ms cost about a microsecond.
#include "call_progress.h"

#include "arguments.h"
#include "bind.h"

namespace kefu::bindings {
namespace {

constexpr int64_t kLongestSkip = 24'000 * 60;

py::list push(CallProgress& progress, const py::object& pcm) {
  const Samples samples(pcm, "pcm", Samples::Kind::kPcm);
  progress.push(samples.pcm(), samples.samples());
  py::list names;
  for (Progress each = progress.take(); each != Progress::kNone; each = progress.take()) {
    names.append(py::str(progress_name(each)));
  }
  return names;
}

}  // namespace

void bind_call_progress(py::module_& module) {
  py::class_<CallProgress>(module, "CallProgress")
      .def(py::init([](const py::object& rate_hz) {
             return CallProgress(static_cast<int>(integer(rate_hz, "rate_hz", 1, 1'000'000)));
           }),
           py::arg("rate_hz"))
      .def("push", &push, py::arg("pcm"))
      .def(
          "skip",
          [](CallProgress& progress, const py::object& samples) {
            progress.skip(static_cast<size_t>(integer(samples, "samples", 0, kLongestSkip)));
          },
          py::arg("samples"));
}

}  // namespace kefu::bindings
