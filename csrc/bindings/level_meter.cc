// Levels of PCM. The GIL is kept: 20 ms cost a tenth of a microsecond.
#include "level_meter.h"

#include <utility>

#include "arguments.h"
#include "bind.h"

namespace kefu::bindings {
namespace {

std::pair<double, double> level(const py::object& pcm) {
  const Samples samples(pcm, "pcm", Samples::Kind::kPcm);
  const Level found = level_of(samples.pcm(), samples.samples());
  return {found.rms_dbfs, found.peak_dbfs};
}

}  // namespace

void bind_level_meter(py::module_& module) { module.def("level", &level, py::arg("pcm")); }

}  // namespace kefu::bindings
