// Resampling. The GIL is released by `resample`, and by a push so long that this pays; a frame
// costs less than giving it away.
#include "resampler.h"

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "arguments.h"
#include "bind.h"
#include "one_thread.h"
#include "quoted.h"

namespace kefu::bindings {
namespace {

constexpr size_t kManySamples = 4096;  // about 10 µs

// Throws ValueError, and TypeError for what is no array.
bool is_float32(const py::handle& pcm) {
  Py_buffer view;
  if (PyObject_GetBuffer(pcm.ptr(), &view, PyBUF_FULL_RO) != 0) {
    PyErr_Clear();
    throw py::type_error(std::string("pcm: got ") + Py_TYPE(pcm.ptr())->tp_name +
                         ", expected an array");
  }
  const std::string_view format = view.format == nullptr ? "B" : view.format;
  const bool floats = format == "f";
  const bool known = floats || format == "h";
  PyBuffer_Release(&view);
  if (known) return floats;
  const std::string dtype = py::hasattr(pcm, "dtype") ? std::string(py::str(pcm.attr("dtype")))
                                                      : Py_TYPE(pcm.ptr())->tp_name;
  refuse("pcm", beginning(dtype, 16), "int16 or float32");
}

class StreamingResampler {
 public:
  StreamingResampler(const py::object& from_hz, const py::object& to_hz)
      : resampler_(integer(from_hz, "from_hz"), integer(to_hz, "to_hz")) {}

  py::object push(const py::object& pcm) {
    const Busy busy(busy_, "resampler");
    if (is_float32(pcm)) return push_samples<float>(pcm);
    return push_samples<int16_t>(pcm);
  }

  py::object flush() {
    const Busy busy(busy_, "resampler");
    if (floats_) return flush_samples<float>();
    return flush_samples<int16_t>();
  }

  const Resampler& resampler() const { return resampler_; }
  void reset() {
    const Busy busy(busy_, "resampler");
    resampler_.reset();
  }

 private:
  template <typename T>
  py::object push_samples(const py::object& pcm) {
    const Tensor<T> in(pcm, "pcm", 1);
    if constexpr (std::is_same_v<T, float>) require_finite(in, "pcm");
    py::array_t<T> array = new_array<T>({resampler_.output_for(in.size())});
    T* const out = array.mutable_data();
    if (in.size() < kManySamples) {
      resampler_.push(in.data(), in.size(), out);
    } else {
      Resampler working = resampler_;  // another thread may ask this one meanwhile
      {
        const py::gil_scoped_release unlocked;
        working.push(in.data(), in.size(), out);
      }
      resampler_ = std::move(working);
    }
    floats_ = std::is_same_v<T, float>;
    return std::move(array);
  }

  template <typename T>
  py::object flush_samples() {
    py::array_t<T> array = new_array<T>({resampler_.delay_samples()});
    resampler_.flush(array.mutable_data());
    return std::move(array);
  }

  Resampler resampler_;
  bool floats_ = false;
  bool busy_ = false;
};

template <typename T>
py::object resample_samples(const py::object& pcm, int64_t from_hz, int64_t to_hz) {
  const Tensor<T> in(pcm, "pcm", 1);
  if constexpr (std::is_same_v<T, float>) require_finite(in, "pcm");
  py::array_t<T> array = new_array<T>({resampled_length(in.size(), from_hz, to_hz)});
  T* const out = array.mutable_data();
  {
    const py::gil_scoped_release unlocked;
    resample(in.data(), in.size(), from_hz, to_hz, out);
  }
  return std::move(array);
}

py::object resample_array(const py::object& pcm, const py::object& from_hz,
                          const py::object& to_hz) {
  const int64_t from = integer(from_hz, "from_hz");
  const int64_t to = integer(to_hz, "to_hz");
  if (is_float32(pcm)) return resample_samples<float>(pcm, from, to);
  return resample_samples<int16_t>(pcm, from, to);
}

}  // namespace

void bind_resampler(py::module_& module) {
  py::class_<StreamingResampler>(module, "Resampler", py::is_final())
      .def(py::init<const py::object&, const py::object&>(), py::arg("from_hz"), py::arg("to_hz"))
      .def("push", &StreamingResampler::push, py::arg("pcm"))
      .def("flush", &StreamingResampler::flush)
      .def("reset", &StreamingResampler::reset)
      .def(
          "output_for",
          [](const StreamingResampler& self, const py::object& samples) {
            return self.resampler().output_for(static_cast<size_t>(integer(samples, "samples")));
          },
          py::arg("samples"))
      .def_property_readonly(
          "delay_samples",
          [](const StreamingResampler& self) { return self.resampler().delay_samples(); })
      .def_property_readonly(
          "delay_ms", [](const StreamingResampler& self) { return self.resampler().delay_ms(); });
  module.def("resample", &resample_array, py::arg("pcm"), py::arg("from_hz"), py::arg("to_hz"));
}

}  // namespace kefu::bindings
