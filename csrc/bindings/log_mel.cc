// Whisper's log-mel spectrogram. The GIL is released; an object's own lock is held instead.
#include "log_mel.h"

#include <memory>
#include <mutex>

#include "arguments.h"
#include "bind.h"

namespace kefu::bindings {
namespace {

constexpr int64_t kMostSamples = LogMel::kMostSamples;
constexpr int64_t kLeastPadded = LogMelTables::kWindow / 2 + 1;

struct SharedLogMel {
  LogMel mel;
  std::mutex lock;
};

std::unique_ptr<SharedLogMel> make_log_mel(const py::object& bands,
                                           const py::object& most_samples) {
  const auto band_count = static_cast<int>(integer(bands, "bands", 1, MelBands::kMost));
  const auto samples = static_cast<size_t>(integer(most_samples, "most_samples", 1, kMostSamples));
  return std::unique_ptr<SharedLogMel>(new SharedLogMel{LogMel(band_count, samples), {}});
}

size_t samples_of(SharedLogMel& shared) {
  const std::lock_guard<std::mutex> locked(shared.lock);
  return shared.mel.samples();
}

void push(SharedLogMel& shared, const py::object& audio) {
  const Tensor<float> samples(audio, "audio", 1);
  require_finite(samples, "audio");
  const py::gil_scoped_release unlocked;
  const std::lock_guard<std::mutex> locked(shared.lock);
  shared.mel.push(samples.data(), samples.size());
}

py::array_t<float> spectrogram(SharedLogMel& shared, const py::object& samples,
                               const py::object& padded) {
  const auto count = samples.is_none() ? static_cast<int64_t>(samples_of(shared))
                                       : integer(samples, "samples", 0, kMostSamples);
  const auto length =
      static_cast<size_t>(padded.is_none() ? count : integer(padded, "padded", 0, kMostSamples));
  auto made = new_array<float>({static_cast<size_t>(shared.mel.bands()), LogMel::frames(length)});
  float* const out = made.mutable_data();
  const py::gil_scoped_release unlocked;
  const std::lock_guard<std::mutex> locked(shared.lock);
  shared.mel.spectrogram(static_cast<size_t>(count), length, out);
  return made;
}

void reset(SharedLogMel& shared) {
  const std::lock_guard<std::mutex> locked(shared.lock);
  shared.mel.reset();
}

py::array_t<float> log_mel(const py::object& audio, const py::object& bands,
                           const py::object& padded) {
  const auto band_count = static_cast<int>(integer(bands, "bands", 1, MelBands::kMost));
  const Tensor<float> samples(audio, "audio", 1);
  if (samples.size() < 1 || samples.size() > LogMel::kMostSamples) {
    refuse("audio", std::to_string(samples.size()) + " samples",
           "1 to " + std::to_string(kMostSamples));
  }
  require_finite(samples, "audio");
  const auto length =
      static_cast<size_t>(padded.is_none() ? static_cast<int64_t>(samples.size())
                                           : integer(padded, "padded", kLeastPadded, kMostSamples));
  log_mel_tables(band_count);  // refuses a wrong number before anything is made
  auto made = new_array<float>({static_cast<size_t>(band_count), LogMel::frames(length)});
  float* const out = made.mutable_data();
  const py::gil_scoped_release unlocked;
  LogMel mel(band_count, samples.size());
  mel.push(samples.data(), samples.size());
  mel.spectrogram(samples.size(), length, out);
  return made;
}

}  // namespace

void bind_log_mel(py::module_& module) {
  module.def("log_mel", &log_mel, py::arg("audio"), py::arg("bands"),
             py::arg("padded") = py::none());
  py::class_<SharedLogMel>(module, "LogMel")
      .def(py::init(&make_log_mel), py::arg("bands"), py::arg("most_samples"))
      .def("push", &push, py::arg("audio"))
      .def_property_readonly("samples", &samples_of)
      .def("spectrogram", &spectrogram, py::arg("samples") = py::none(),
           py::arg("padded") = py::none())
      .def("reset", &reset);
}

}  // namespace kefu::bindings
