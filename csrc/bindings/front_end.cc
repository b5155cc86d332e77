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
#include "ear.h"
#include "edge_name.h"
#include "one_thread.h"
#include "texts.h"

namespace kefu::bindings {
namespace {

constexpr int64_t kMostLost = int64_t{1} << 31;

struct PyFrontEnd {
  explicit PyFrontEnd(size_t batch) : front(batch) {}

  FrontEnd front;
  std::vector<Heard> heard;
  std::vector<std::shared_ptr<Ear>> ears;    // of the last tick
  std::vector<std::shared_ptr<Ear>> coming;  // of this one
  bool busy = false;
};

// Ears that a front end works on for this object's life. Throws ValueError where one already is at
// work, be it earlier in this list or by another thread.
class BusyEars {
 public:
  explicit BusyEars(const std::vector<std::shared_ptr<Ear>>& ears) : ears_(ears) {
    for (; taken_ < ears.size(); ++taken_) {
      bool& busy = ears[taken_]->busy;
      if (busy) {
        const std::string place = std::to_string(taken_);
        release();
        refuse("ears", "one at " + place + " that is at work already", "each once, by one thread");
      }
      busy = true;
    }
  }
  ~BusyEars() { release(); }
  BusyEars(const BusyEars&) = delete;
  BusyEars& operator=(const BusyEars&) = delete;

 private:
  void release() {
    while (taken_ > 0) ears_[--taken_]->busy = false;
  }

  const std::vector<std::shared_ptr<Ear>>& ears_;
  size_t taken_ = 0;
};

// A copy, which nobody changes meanwhile.
py::tuple list_of(const py::object& object, const char* name) {
  if (PyList_Check(object.ptr()) == 0) {
    throw py::type_error(std::string(name) + ": got " + Py_TYPE(object.ptr())->tp_name +
                         ", expected a list");
  }
  return py::tuple(object);
}

py::tuple list_of(const py::object& object, const char* name, size_t expected) {
  py::tuple all = list_of(object, name);
  if (all.size() != expected) {
    refuse(name, std::to_string(all.size()) + " calls", std::to_string(expected));
  }
  return all;
}

std::shared_ptr<Ear> ear_of(const py::handle& object) {
  if (!py::isinstance<Ear>(object)) {
    throw py::type_error("ears: got " + std::string(Py_TYPE(object.ptr())->tp_name) +
                         ", expected CallerEar");
  }
  object.cast<Ear&>();  // throws for what no constructor has made
  return object.cast<std::shared_ptr<Ear>>();
}

void tick(PyFrontEnd& self, const py::object& ear_list, const py::object& pcm_list,
          const py::object& lost_list, const py::object& echoed_list) {
  const Busy busy(self.busy, "front_end");
  const py::tuple ears = list_of(ear_list, "ears");
  const size_t calls = ears.size();
  const py::tuple pcm = list_of(pcm_list, "pcm", calls);
  const py::tuple lost = list_of(lost_list, "lost", calls);
  const py::tuple echoed = list_of(echoed_list, "echoed", calls);
  std::deque<Samples> held;
  self.heard.clear();
  self.coming.clear();
  for (size_t i = 0; i < calls; ++i) {
    const Samples& samples = held.emplace_back(pcm[i], "pcm", Samples::Kind::kPcm);
    self.coming.push_back(ear_of(ears[i]));
    self.heard.push_back({self.coming.back(), samples.pcm(), samples.samples(),
                          integer(lost[i], "lost", 0, kMostLost), truth(echoed[i], "echoed")});
  }
  {
    const BusyEars at_work(self.coming);
    const py::gil_scoped_release unlocked;
    self.front.tick(self.heard.data(), calls);
  }
  self.ears.swap(self.coming);
}

py::list answer(PyFrontEnd& self, const py::object& probabilities, const py::object& states) {
  const Busy busy(self.busy, "front_end");
  const Tensor<float> found(probabilities, "probabilities", 1);
  const Tensor<float> moved(states, "states", 3);
  require_shape(found, "probabilities", 0, self.front.rows());
  require_shape(moved, "states", 0, 2);
  require_shape(moved, "states", 1, self.front.rows());
  require_shape(moved, "states", 2, CallerEar::kHidden);
  const std::vector<Change>* changes = nullptr;
  {
    const BusyEars at_work(self.ears);
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
