// Fixed mean and variance. The GIL is released; the object does not change.
#include "cmvn.h"

#include "arguments.h"
#include "bind.h"

namespace kefu::bindings {
namespace {

Cmvn make_cmvn(const py::object& shift, const py::object& scale) {
  const Tensor<float> shifts(shift, "shift", 1);
  const Tensor<float> scales(scale, "scale", 1);
  require_finite(shifts, "shift");
  require_finite(scales, "scale");
  require_shape(scales, "scale", 0, shifts.size());
  return Cmvn(shifts.data(), scales.data(), shifts.size());
}

py::array_t<float> apply(const Cmvn& cmvn, const py::object& frames) {
  const Tensor<float> values(frames, "frames", 2);
  require_shape(values, "frames", 1, cmvn.dimension());
  require_finite(values, "frames");
  auto made = new_array<float>({values.shape(0), values.shape(1)});
  float* const out = made.mutable_data();
  const py::gil_scoped_release unlocked;
  cmvn.apply(values.data(), values.shape(0), out);
  return made;
}

}  // namespace

void bind_cmvn(py::module_& module) {
  py::class_<Cmvn>(module, "Cmvn")
      .def(py::init(&make_cmvn), py::arg("shift"), py::arg("scale"))
      .def("apply", &apply, py::arg("frames"));
}

}  // namespace kefu::bindings
