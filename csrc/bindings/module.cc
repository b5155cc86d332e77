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
}
