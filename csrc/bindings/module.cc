// engines._core: the streaming kernels of the line.
#include "bind.h"
#include "simd.h"

namespace kefu::bindings {
namespace {

namespace py = pybind11;

py::dict build_info() {
  py::dict info;
  info["version"] = KEFU_VERSION;
  info["compiler"] = KEFU_COMPILER;
  info["build_type"] = KEFU_BUILD_TYPE;
  info["sanitizers"] = KEFU_SANITIZERS;
  info["simd"] = path_name(best_path());
#ifdef KEFU_CUDA
  info["cuda"] = KEFU_NVCC;
  info["cuda_architectures"] = KEFU_CUDA_BUILT;
#else
  info["cuda"] = "";
  info["cuda_architectures"] = "";
#endif
  return info;
}

// `Line.__new__(Line)` makes an object without its constructor; pybind11 would let it be used with
// memory that nobody has filled.
[[noreturn]] void* refuse_unmade(size_t) {
  throw py::type_error("self: got an object that __init__ has not made, expected one that it has");
}

void refuse_unmade_objects(const py::module_& module) {
  for (const auto& [name, value] : module.attr("__dict__").cast<py::dict>()) {
    if (PyType_Check(value.ptr()) == 0) continue;
    auto* const type = reinterpret_cast<PyTypeObject*>(value.ptr());
    if (auto* const known = py::detail::get_type_info(type)) known->operator_new = refuse_unmade;
  }
}

}  // namespace
}  // namespace kefu::bindings

PYBIND11_MODULE(_core, module) {
  module.doc() = "Streaming kernels of the line: G.711, the telephone line, voice edges.";
  module.def("build_info", &kefu::bindings::build_info);
  kefu::bindings::bind_alignment(module);
  kefu::bindings::bind_asr_evidence(module);
  kefu::bindings::bind_asr_fusion(module);
  kefu::bindings::bind_call_progress(module);
  kefu::bindings::bind_caller_ear(module);
  kefu::bindings::bind_cmvn(module);
  kefu::bindings::bind_conceal(module);
  kefu::bindings::bind_crf(module);
  kefu::bindings::bind_dtmf(module);
  kefu::bindings::bind_echo(module);
  kefu::bindings::bind_fbank(module);
  kefu::bindings::bind_front_end(module);
  kefu::bindings::bind_emotion_fusion(module);
  kefu::bindings::bind_g711(module);
  kefu::bindings::bind_level_meter(module);
  kefu::bindings::bind_lfr(module);
  kefu::bindings::bind_line(module);
  kefu::bindings::bind_log_mel(module);
  kefu::bindings::bind_noise_floor(module);
  kefu::bindings::bind_prosody(module);
  kefu::bindings::bind_resampler(module);
  kefu::bindings::bind_tokens(module);
  kefu::bindings::bind_sampling(module);
  kefu::bindings::bind_voice_edges(module);
  kefu::bindings::refuse_unmade_objects(module);
}
