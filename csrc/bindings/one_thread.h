// Objects while the GIL is away: who comes meanwhile waits, or is refused.
#pragma once

#include <pybind11/pybind11.h>

#include <mutex>

#include "arguments.h"

namespace kefu::bindings {

// Refuses a second thread for its life; made and unmade with the GIL.
class Busy {
 public:
  Busy(bool& busy, const char* name) : busy_(busy) {
    if (busy_) refuse(name, "a second thread", "one at a time");
    busy_ = true;
  }
  ~Busy() { busy_ = false; }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

 private:
  bool& busy_;
};

// Takes a lock with the GIL in hand; waits for it without: its holder may wait for the GIL.
inline std::unique_lock<std::mutex> hold(std::mutex& lock) {
  std::unique_lock<std::mutex> held(lock, std::try_to_lock);
  if (!held.owns_lock()) {
    const py::gil_scoped_release unlocked;
    held.lock();
  }
  return held;
}

}  // namespace kefu::bindings
