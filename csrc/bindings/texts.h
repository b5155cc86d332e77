// Text, truth and lists from Python.
#pragma once

#include <pybind11/pybind11.h>

#include <string>
#include <string_view>
#include <vector>

#include "arguments.h"
#include "intern.h"

namespace kefu::bindings {

// The bytes that Python keeps in a str. Throws TypeError for another type, ValueError for a lone
// surrogate.
inline std::string_view utf8(const py::handle& object, const char* name) {
  if (PyUnicode_Check(object.ptr()) == 0) {
    throw py::type_error(std::string(name) + ": got " + Py_TYPE(object.ptr())->tp_name +
                         ", expected str");
  }
  Py_ssize_t size = 0;
  const char* const bytes = PyUnicode_AsUTF8AndSize(object.ptr(), &size);
  if (bytes == nullptr) {
    PyErr_Clear();
    refuse(name, "a lone surrogate", "text that UTF-8 can hold");
  }
  return {bytes, static_cast<size_t>(size)};
}

// A name of something known, as an own string. Throws as `utf8`.
inline std::string word(const py::handle& object, const char* name) {
  return std::string(utf8(object, name));
}

// Throws TypeError for what is no bool.
inline bool truth(const py::handle& object, const char* name) {
  if (PyBool_Check(object.ptr()) == 0) {
    throw py::type_error(std::string(name) + ": got " + Py_TYPE(object.ptr())->tp_name +
                         ", expected bool");
  }
  return object.ptr() == Py_True;
}

// The items of a list or tuple, kept whatever becomes of it. Throws TypeError for another type,
// ValueError for more than `most`.
class Items {
 public:
  Items(const py::handle& object, const char* name, const char* expected, size_t most) {
    if (PyList_Check(object.ptr()) == 0 && PyTuple_Check(object.ptr()) == 0) {
      throw py::type_error(std::string(name) + ": got " + Py_TYPE(object.ptr())->tp_name +
                           ", expected " + expected);
    }
    items_ = py::reinterpret_steal<py::object>(PySequence_Tuple(object.ptr()));
    if (!items_) throw py::error_already_set();
    if (size() > most)
      refuse(name, std::to_string(size()) + " items", "at most " + std::to_string(most));
  }

  size_t size() const { return static_cast<size_t>(PyTuple_GET_SIZE(items_.ptr())); }
  PyObject* operator[](size_t at) const {
    return PyTuple_GET_ITEM(items_.ptr(), static_cast<Py_ssize_t>(at));
  }

 private:
  py::object items_;
};

// A list of words.
class Words : public Items {
 public:
  Words(const py::handle& object, const char* name, size_t most)
      : Items(object, name, "a list of str", most) {
    for (size_t i = 0; i < size(); ++i) {
      if (PyUnicode_Check((*this)[i]) == 0) {
        throw py::type_error(std::string(name) + ": got " + Py_TYPE((*this)[i])->tp_name + " at " +
                             std::to_string(i) + ", expected str");
      }
    }
  }

  // Numbers them, by the hash that Python keeps in each.
  std::vector<int32_t> numbered(Intern<PyObject*>& intern) const {
    const auto same = [](PyObject* a, PyObject* b) {
      return a == b || PyUnicode_Compare(a, b) == 0;
    };
    std::vector<int32_t> numbers(size());
    for (size_t i = 0; i < size(); ++i) {
      const Py_hash_t hash = PyUnicode_Type.tp_hash((*this)[i]);
      numbers[i] = intern.number((*this)[i], static_cast<uint64_t>(hash), same);
    }
    return numbers;
  }
};

}  // namespace kefu::bindings
