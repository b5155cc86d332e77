// Arguments from Python: what is wrong with one is said as "name: got X, expected Y".
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <type_traits>
#include <vector>

namespace kefu::bindings {

namespace py = pybind11;

constexpr int64_t kMostSample = int64_t{1} << 53;  // as the protocol's sample numbers

// Throws ValueError `name: got X, expected Y`.
[[noreturn]] void refuse(const char* name, const std::string& got, const std::string& expected);

// An integer of least to most. Throws ValueError; TypeError for what is no integer.
int64_t integer(const py::handle& value, const char* name, int64_t least = 0,
                int64_t most = kMostSample);

// A finite number of least to most. Throws ValueError; TypeError for what is no number.
double number(const py::handle& value, const char* name, double least, double most);

// A contiguous buffer of one axis, held for this object's life. Throws ValueError; TypeError for
// what has no buffer.
class Samples {
 public:
  enum class Kind { kBytes, kPcm };

  // kBytes: (N,) uint8. kPcm: (N,) int16 of this machine, or bytes of an even number.
  Samples(const py::handle& object, const char* name, Kind kind);
  ~Samples() { PyBuffer_Release(&view_); }
  Samples(const Samples&) = delete;
  Samples& operator=(const Samples&) = delete;

  size_t bytes() const { return static_cast<size_t>(view_.len); }
  const uint8_t* payload() const { return static_cast<const uint8_t*>(view_.buf); }
  size_t samples() const { return bytes() / sizeof(int16_t); }
  const int16_t* pcm() const { return static_cast<const int16_t*>(view_.buf); }

 private:
  Py_buffer view_{};
};

// New bytes of `size`, and where to write them.
py::bytes new_bytes(size_t size);
inline uint8_t* data(const py::bytes& bytes) {
  return reinterpret_cast<uint8_t*>(PyBytes_AS_STRING(bytes.ptr()));
}
inline int16_t* pcm_data(const py::bytes& bytes) {
  return reinterpret_cast<int16_t*>(PyBytes_AS_STRING(bytes.ptr()));
}

// A C-contiguous array of exactly this element type and rank, held for this object's life. Nothing
// is converted. Throws ValueError for another dtype, rank or stride; TypeError for no buffer.
class View {
 public:
  View(const py::handle& object, const char* name, char kind, size_t item_bytes, int rank);
  ~View() { PyBuffer_Release(&view_); }
  View(const View&) = delete;
  View& operator=(const View&) = delete;

  size_t shape(int axis) const { return static_cast<size_t>(view_.shape[axis]); }
  size_t size() const { return static_cast<size_t>(view_.len / view_.itemsize); }
  const void* buffer() const { return view_.buf; }

 private:
  Py_buffer view_{};
};

// 'f' floating, 'i' signed, 'u' unsigned.
template <typename T>
constexpr char kind_of() {
  if constexpr (std::is_floating_point_v<T>) {
    return 'f';
  } else {
    return std::is_signed_v<T> ? 'i' : 'u';
  }
}

template <typename T>
class Tensor : public View {
 public:
  Tensor(const py::handle& object, const char* name, int rank)
      : View(object, name, kind_of<T>(), sizeof(T), rank) {}

  const T* data() const { return static_cast<const T*>(buffer()); }
};

// Throws ValueError where a value is NaN or infinite, with its place.
void require_finite(const Tensor<float>& tensor, const char* name);
void require_finite(const Tensor<double>& tensor, const char* name);

// Throws ValueError where an axis is not as long as it must be.
void require_shape(const View& view, const char* name, int axis, size_t expected);

// An array to be filled; numpy is imported by the first one.
template <typename T>
py::array_t<T> new_array(std::initializer_list<size_t> shape) {
  std::vector<py::ssize_t> axes;
  for (const size_t axis : shape) axes.push_back(static_cast<py::ssize_t>(axis));
  return py::array_t<T>(axes);
}

}  // namespace kefu::bindings
