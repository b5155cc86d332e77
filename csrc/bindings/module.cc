// engines._core: the streaming kernels of the line.
#include "arguments.h"

namespace kefu::bindings {
namespace {

py::dict build_info() {
  py::dict info;
  info["version"] = KEFU_VERSION;
  info["compiler"] = KEFU_COMPILER;
  info["build_type"] = KEFU_BUILD_TYPE;
#ifdef KEFU_SANITIZED
  info["sanitized"] = true;
#else
  info["sanitized"] = false;
#endif
  return info;
}

}  // namespace
}  // namespace kefu::bindings

PYBIND11_MODULE(_core, module) {
  module.doc() = "Streaming kernels of the line: G.711, the telephone line, voice edges.";
  module.def("build_info", &kefu::bindings::build_info);
  kefu::bindings::bind_g711(module);
  kefu::bindings::bind_line(module);
  kefu::bindings::bind_voice_edges(module);
}
