// The ears of all calls of a slot, once a tick. The GIL is released.
#include "front_end.h"

#include <pybind11/stl.h>

#include <deque>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "arguments.h"
#include "bind.h"
#include "edge_name.h"

namespace kefu::bindings {
namespace {

constexpr int64_t kMostLost = int64_t{1} << 31;

// One tick at a time, though other threads run meanwhile.
class Busy {
 public:
  explicit Busy(bool& busy) : busy_(busy) {
    if (busy_) refuse("front_end", "a second thread", "one at a time");
    busy_ = true;
  }
  ~Busy() { busy_ = false; }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

 private:
  bool& busy_;
};

struct PyFrontEnd {
  explicit PyFrontEnd(size_t batch) : front(batch) {}

  FrontEnd front;
  std::vector<Heard> heard;
  bool busy = false;
};

// A copy, which nobody changes meanwhile.
py::tuple all_of(const py::list& list, const char* name, size_t expected) {
  if (list.size() != expected) {
    refuse(name, std::to_string(list.size()) + " calls", std::to_string(expected));
  }
  return py::tuple(list);
}

bool truth(const py::handle& value, const char* name) {
  if (PyBool_Check(value.ptr()) == 0) {
    throw py::type_error(std::string(name) + ": got " + Py_TYPE(value.ptr())->tp_name +
                         ", expected bool");
  }
  return value.ptr() == Py_True;
}

std::shared_ptr<CallerEar> ear_of(const py::handle& object) {
  if (!py::isinstance<CallerEar>(object)) {
    throw py::type_error("ears: got " + std::string(Py_TYPE(object.ptr())->tp_name) +
                         ", expected CallerEar");
  }
  return object.cast<std::shared_ptr<CallerEar>>();
}

void tick(PyFrontEnd& self, const py::list& ear_list, const py::list& pcm_list,
          const py::list& lost_list, const py::list& echoed_list) {
  const Busy busy(self.busy);
  const size_t calls = ear_list.size();
  const py::tuple ears = all_of(ear_list, "ears", calls);
  const py::tuple pcm = all_of(pcm_list, "pcm", calls);
  const py::tuple lost = all_of(lost_list, "lost", calls);
  const py::tuple echoed = all_of(echoed_list, "echoed", calls);
  std::deque<Samples> held;
  self.heard.clear();
  for (size_t i = 0; i < calls; ++i) {
    const Samples& samples = held.emplace_back(pcm[i], "pcm", Samples::Kind::kPcm);
    self.heard.push_back({ear_of(ears[i]), samples.pcm(), samples.samples(),
                          integer(lost[i], "lost", 0, kMostLost), truth(echoed[i], "echoed")});
  }
  const py::gil_scoped_release unlocked;
  self.front.tick(self.heard.data(), calls);
}

py::list answer(PyFrontEnd& self, const py::object& probabilities, const py::object& states) {
  const Busy busy(self.busy);
  const Tensor<float> found(probabilities, "probabilities", 1);
  const Tensor<float> moved(states, "states", 3);
  require_shape(found, "probabilities", 0, self.front.rows());
  require_shape(moved, "states", 0, 2);
  require_shape(moved, "states", 1, self.front.rows());
  require_shape(moved, "states", 2, CallerEar::kHidden);
  const std::vector<Change>* changes = nullptr;
  {
    const py::gil_scoped_release unlocked;
    changes = &self.front.answer(found.data(), moved.data());
  }
  py::list told;
  for (const Change& change : *changes) {
    told.append(py::make_tuple(change.index, edge_name(change.edge), change.sample));
  }
  return told;
}

// A view of the front end's own memory, which lives as long as the view.
py::array_t<float> view(const py::object& self, const float* data, std::vector<py::ssize_t> shape) {
  return py::array_t<float>(std::move(shape), data, self);
}

}  // namespace

void bind_front_end(py::module_& module) {
  py::class_<PyFrontEnd>(module, "FrontEnd", py::is_final())
      .def(py::init([](const py::object& batch) {
             return std::make_unique<PyFrontEnd>(
                 static_cast<size_t>(integer(batch, "batch", 1, kMostLost)));
           }),
           py::arg("batch"))
      .def("tick", &tick, py::arg("ears"), py::arg("pcm"), py::arg("lost"), py::arg("echoed"))
      .def_property_readonly("rows", [](const PyFrontEnd& self) { return self.front.rows(); })
      .def_property_readonly("input",
                             [](const py::object& self) {
                               const FrontEnd& front = self.cast<PyFrontEnd&>().front;
                               const auto rows = static_cast<py::ssize_t>(front.rows());
                               return view(self, front.input(), {rows, CallerEar::kInput});
                             })
      .def_property_readonly("state",
                             [](const py::object& self) {
                               const FrontEnd& front = self.cast<PyFrontEnd&>().front;
                               const auto rows = static_cast<py::ssize_t>(front.rows());
                               return view(self, front.state(), {2, rows, CallerEar::kHidden});
                             })
      .def("answer", &answer, py::arg("probabilities"), py::arg("states"));
}

}  // namespace kefu::bindings
