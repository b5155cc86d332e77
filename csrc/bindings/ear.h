// An ear as Python has it.
#pragma once

#include "caller_ear.h"

namespace kefu::bindings {

struct Ear : CallerEar {
  using CallerEar::CallerEar;

  bool busy = false;  // a front end works on it without the GIL
};

}  // namespace kefu::bindings
