#include "arguments.h"

#include <cstring>
#include <string>

#include "quoted.h"

namespace kefu::bindings {
namespace {

std::string shown(const py::handle& value) {
  const std::string text = py::repr(value);
  return beginning(text, 40);
}

bool is_bytes(const char* format) {
  return format == nullptr || std::strcmp(format, "B") == 0 || std::strcmp(format, "c") == 0;
}

bool is_int16(const char* format) {
  return format != nullptr && (std::strcmp(format, "h") == 0 || std::strcmp(format, "<h") == 0);
}

// "float32", "int16" … of a buffer's format; the format itself where it has no such name.
std::string dtype_name(const char* format, Py_ssize_t item_bytes) {
  if (format == nullptr) return "uint8";
  const char* type = format;
  while (*type != '\0' && std::strchr("@=<", *type) != nullptr) ++type;
  const std::string bits = std::to_string(item_bytes * 8);
  if (std::strlen(type) == 1) {
    if (std::strchr("efd", *type) != nullptr) return "float" + bits;
    if (std::strchr("bhilqn", *type) != nullptr) return "int" + bits;
    if (std::strchr("BHILQN", *type) != nullptr) return "uint" + bits;
    if (*type == '?') return "bool";
  }
  return "'" + beginning(format, 16) + "'";
}

std::string dtype_name(char kind, size_t item_bytes) {
  const char* const stem = kind == 'f' ? "float" : kind == 'i' ? "int" : "uint";
  return stem + std::to_string(item_bytes * 8);
}

std::string axes(int count) { return std::to_string(count) + (count == 1 ? " axis" : " axes"); }

template <typename T>
void check_finite(const Tensor<T>& tensor, const char* name) {
  const T* const values = tensor.data();
  for (size_t i = 0; i < tensor.size(); ++i) {
    if (!std::isfinite(values[i])) {
      refuse(name, std::to_string(values[i]) + " at " + std::to_string(i), "finite values");
    }
  }
}

}  // namespace

void refuse(const char* name, const std::string& got, const std::string& expected) {
  throw py::value_error(std::string(name) + ": got " + got + ", expected " + expected);
}

int64_t integer(const py::handle& value, const char* name, int64_t least, int64_t most) {
  const auto index = py::reinterpret_steal<py::object>(PyNumber_Index(value.ptr()));
  if (!index) {
    PyErr_Clear();
    throw py::type_error(std::string(name) + ": got " + shown(value) + ", expected an integer");
  }
  int overflow = 0;
  const long long number = PyLong_AsLongLongAndOverflow(index.ptr(), &overflow);
  if (overflow != 0 || number < least || number > most) {
    refuse(name, overflow != 0 ? "an integer beyond 64 bits" : std::to_string(number),
           std::to_string(least) + " to " + std::to_string(most));
  }
  return number;
}

double number(const py::handle& value, const char* name, double least, double most) {
  const double number = PyFloat_AsDouble(value.ptr());
  if (number == -1.0 && PyErr_Occurred() != nullptr) {
    const bool large = PyErr_ExceptionMatches(PyExc_OverflowError) != 0;
    PyErr_Clear();
    if (!large) {
      throw py::type_error(std::string(name) + ": got " + shown(value) + ", expected a number");
    }
    refuse(name, "an integer beyond double", "a number");
  }
  if (!(number >= least && number <= most)) {  // also refuses NaN
    refuse(name, shown(value), std::to_string(least) + " to " + std::to_string(most));
  }
  return number;
}

Samples::Samples(const py::handle& object, const char* name, Kind kind) {
  if (PyObject_GetBuffer(object.ptr(), &view_, PyBUF_FULL_RO) != 0) {
    PyErr_Clear();
    throw py::type_error(std::string(name) + ": got " +
                         std::string(Py_TYPE(object.ptr())->tp_name) + ", expected a buffer");
  }
  try {
    if (view_.ndim != 1) refuse(name, std::to_string(view_.ndim) + " axes", "1 axis");
    if (PyBuffer_IsContiguous(&view_, 'C') == 0) refuse(name, "strides", "contiguous samples");
    if (!is_bytes(view_.format) && !(kind == Kind::kPcm && is_int16(view_.format))) {
      refuse(name, "dtype '" + beginning(view_.format, 16) + "'",
             kind == Kind::kPcm ? "int16 or bytes" : "uint8");
    }
    if (kind == Kind::kPcm && view_.len % 2 != 0) {
      refuse(name, std::to_string(view_.len) + " bytes", "an even number: int16 samples");
    }
    if (kind == Kind::kPcm && reinterpret_cast<uintptr_t>(view_.buf) % alignof(int16_t) != 0) {
      refuse(name, "samples at an odd address", "aligned int16 samples");
    }
  } catch (...) {
    PyBuffer_Release(&view_);
    throw;
  }
}

View::View(const py::handle& object, const char* name, char kind, size_t item_bytes, int rank) {
  if (PyObject_GetBuffer(object.ptr(), &view_, PyBUF_FULL_RO) != 0) {
    PyErr_Clear();
    throw py::type_error(std::string(name) + ": got " +
                         std::string(Py_TYPE(object.ptr())->tp_name) + ", expected an array");
  }
  try {
    const std::string got = dtype_name(view_.format, view_.itemsize);
    const std::string expected = dtype_name(kind, item_bytes);
    if (got != expected) refuse(name, got, expected);
    if (view_.ndim != rank) refuse(name, axes(view_.ndim), axes(rank));
    if (PyBuffer_IsContiguous(&view_, 'C') == 0) refuse(name, "strides", "a contiguous array");
    if (reinterpret_cast<uintptr_t>(view_.buf) % item_bytes != 0) {
      refuse(name, "values at an odd address", "aligned values");
    }
  } catch (...) {
    PyBuffer_Release(&view_);
    throw;
  }
}

void require_finite(const Tensor<float>& tensor, const char* name) { check_finite(tensor, name); }
void require_finite(const Tensor<double>& tensor, const char* name) { check_finite(tensor, name); }

void require_shape(const View& view, const char* name, int axis, size_t expected) {
  if (view.shape(axis) == expected) return;
  refuse(name, std::to_string(view.shape(axis)) + " on axis " + std::to_string(axis),
         std::to_string(expected));
}

py::bytes new_bytes(size_t size) {
  PyObject* const bytes = PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(size));
  if (bytes == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::bytes>(bytes);
}

}  // namespace kefu::bindings
