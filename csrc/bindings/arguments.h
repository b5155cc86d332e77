// Arguments from Python: what is wrong with one is said as "name: got X, expected Y".
#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>
#include <cstdint>

namespace kefu::bindings {

namespace py = pybind11;

constexpr int64_t kMostSample = int64_t{1} << 53;  // as the protocol's sample numbers

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

void bind_g711(py::module_& module);
void bind_line(py::module_& module);
void bind_voice_edges(py::module_& module);

}  // namespace kefu::bindings
