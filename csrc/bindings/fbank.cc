// Kaldi's filterbank energies. The GIL is released; an object's own lock is held instead.
#include "fbank.h"

#include <memory>
#include <mutex>
#include <string>

#include "arguments.h"
#include "bind.h"
#include "texts.h"

namespace kefu::bindings {
namespace {

constexpr size_t kMostSamples = size_t{1} << 28;  // of one push: 4.6 hours at 16 kHz

struct SharedFbank {
  Fbank fbank;
  std::mutex lock;
};

FbankOptions options_of(const py::object& rate_hz, const py::object& bands,
                        const py::object& window, const py::object& low_hz,
                        const py::object& high_hz, const py::object& scale) {
  FbankOptions options;
  options.rate_hz = static_cast<int>(integer(rate_hz, "rate_hz", 8000, 16000));
  options.bands = static_cast<int>(integer(bands, "bands", 1, MelBands::kMost));
  options.window = parse_frame_window(word(window, "window"));
  options.low_hz = number(low_hz, "low_hz", 0, 8000);
  options.high_hz = number(high_hz, "high_hz", -8000, 8000);
  options.scale = number(scale, "scale", 1e-6, 1e6);
  return options;
}

std::unique_ptr<SharedFbank> make_fbank(const py::object& rate_hz, const py::object& bands,
                                        const py::object& window, const py::object& low_hz,
                                        const py::object& high_hz, const py::object& scale) {
  const FbankOptions options = options_of(rate_hz, bands, window, low_hz, high_hz, scale);
  return std::unique_ptr<SharedFbank>(new SharedFbank{Fbank(options), {}});
}

void check_audio(const Tensor<float>& audio) {
  if (audio.size() > kMostSamples) {
    refuse("audio", std::to_string(audio.size()) + " samples",
           "at most " + std::to_string(kMostSamples));
  }
  require_finite(audio, "audio");
}

py::array_t<float> filled(Fbank& fbank, const Tensor<float>& audio) {
  auto made = new_array<float>({fbank.frames(audio.size()), static_cast<size_t>(fbank.bands())});
  float* const out = made.mutable_data();
  const py::gil_scoped_release unlocked;
  fbank.push(audio.data(), audio.size(), out);
  return made;
}

py::array_t<float> push(SharedFbank& shared, const py::object& audio) {
  const Tensor<float> samples(audio, "audio", 1);
  check_audio(samples);
  std::unique_lock<std::mutex> locked(shared.lock, std::defer_lock);
  {
    const py::gil_scoped_release unlocked;  // who holds the lock may wait for the GIL
    locked.lock();
  }
  return filled(shared.fbank, samples);
}

void flush(SharedFbank& shared) {
  const py::gil_scoped_release unlocked;
  const std::lock_guard<std::mutex> locked(shared.lock);
  shared.fbank.flush();
}

py::array_t<float> fbank(const py::object& audio, const py::object& rate_hz,
                         const py::object& bands, const py::object& window,
                         const py::object& low_hz, const py::object& high_hz,
                         const py::object& scale) {
  const Tensor<float> samples(audio, "audio", 1);
  check_audio(samples);
  Fbank made(options_of(rate_hz, bands, window, low_hz, high_hz, scale));
  return filled(made, samples);
}

}  // namespace

void bind_fbank(py::module_& module) {
  module.def("fbank", &fbank, py::arg("audio"), py::kw_only(), py::arg("rate_hz") = 16000,
             py::arg("bands") = 80, py::arg("window") = "hamming", py::arg("low_hz") = 20.0,
             py::arg("high_hz") = 0.0, py::arg("scale") = 32768.0);
  py::class_<SharedFbank>(module, "Fbank")
      .def(py::init(&make_fbank), py::kw_only(), py::arg("rate_hz") = 16000, py::arg("bands") = 80,
           py::arg("window") = "hamming", py::arg("low_hz") = 20.0, py::arg("high_hz") = 0.0,
           py::arg("scale") = 32768.0)
      .def("push", &push, py::arg("audio"))
      .def("flush", &flush);
}

}  // namespace kefu::bindings
