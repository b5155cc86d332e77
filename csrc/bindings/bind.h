// What each binding file adds to the module.
#pragma once

#include <pybind11/pybind11.h>

namespace kefu::bindings {

void bind_alignment(pybind11::module_& module);
void bind_asr_evidence(pybind11::module_& module);
void bind_asr_fusion(pybind11::module_& module);
void bind_call_progress(pybind11::module_& module);
void bind_caller_ear(pybind11::module_& module);
void bind_cmvn(pybind11::module_& module);
void bind_conceal(pybind11::module_& module);
void bind_crf(pybind11::module_& module);
void bind_dtmf(pybind11::module_& module);
void bind_echo(pybind11::module_& module);
void bind_fbank(pybind11::module_& module);
void bind_front_end(pybind11::module_& module);
void bind_emotion_fusion(pybind11::module_& module);
void bind_g711(pybind11::module_& module);
void bind_level_meter(pybind11::module_& module);
void bind_lfr(pybind11::module_& module);
void bind_line(pybind11::module_& module);
void bind_log_mel(pybind11::module_& module);
void bind_noise_floor(pybind11::module_& module);
void bind_prosody(pybind11::module_& module);
void bind_resampler(pybind11::module_& module);
void bind_tokens(pybind11::module_& module);
void bind_sampling(pybind11::module_& module);
void bind_voice_edges(pybind11::module_& module);

}  // namespace kefu::bindings
