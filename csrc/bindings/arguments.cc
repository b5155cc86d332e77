#include "arguments.h"

#include <cstring>
#include <string>

namespace kefu::bindings {
namespace {

[[noreturn]] void refuse(const char* name, const std::string& got, const std::string& expected) {
  throw py::value_error(std::string(name) + ": got " + got + ", expected " + expected);
}

std::string shown(const py::handle& value) {
  std::string text = py::repr(value);
  return text.size() <= 40 ? text : text.substr(0, 40) + "...";
}

bool is_bytes(const char* format) {
  return format == nullptr || std::strcmp(format, "B") == 0 || std::strcmp(format, "c") == 0;
}

bool is_int16(const char* format) {
  return format != nullptr && (std::strcmp(format, "h") == 0 || std::strcmp(format, "<h") == 0);
}

}  // namespace

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
      refuse(name, "dtype '" + std::string(view_.format) + "'",
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

py::bytes new_bytes(size_t size) {
  PyObject* const bytes = PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(size));
  if (bytes == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::bytes>(bytes);
}

}  // namespace kefu::bindings
