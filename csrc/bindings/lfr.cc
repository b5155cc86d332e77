// Frames side by side. The GIL is kept: a stack is a copy of two kilobytes.
#include "lfr.h"

#include "arguments.h"
#include "bind.h"

namespace kefu::bindings {
namespace {

Lfr make_lfr(const py::object& m, const py::object& n, const py::object& dimension) {
  return Lfr(static_cast<size_t>(integer(m, "m", 1, Lfr::kMostFrames)),
             static_cast<size_t>(integer(n, "n", 1, Lfr::kMostFrames)),
             static_cast<size_t>(integer(dimension, "dimension", 1, Lfr::kMostDimension)));
}

py::array_t<float> push(Lfr& lfr, const py::object& frames) {
  const Tensor<float> values(frames, "frames", 2);
  require_shape(values, "frames", 1, lfr.dimension());
  require_finite(values, "frames");
  auto made = new_array<float>({lfr.stacks(values.shape(0)), lfr.stacked_dimension()});
  lfr.push(values.data(), values.shape(0), made.mutable_data());
  return made;
}

py::array_t<float> flush(Lfr& lfr) {
  auto made = new_array<float>({lfr.stacks_at_end(), lfr.stacked_dimension()});
  lfr.flush(made.mutable_data());
  return made;
}

}  // namespace

void bind_lfr(py::module_& module) {
  py::class_<Lfr>(module, "Lfr")
      .def(py::init(&make_lfr), py::arg("m"), py::arg("n"), py::arg("dimension"))
      .def("push", &push, py::arg("frames"))
      .def("flush", &flush);
}

}  // namespace kefu::bindings
