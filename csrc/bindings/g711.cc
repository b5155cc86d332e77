// G.711 over whole arrays. The GIL is released where giving it away costs less than the work.
#include "g711.h"

#include <string>

#include "arguments.h"
#include "bind.h"
#include "texts.h"

namespace kefu::bindings {
namespace {

constexpr size_t kManySamples = 16'384;  // about 2 µs

template <typename Work>
void run(size_t samples, Work work) {
  if (samples < kManySamples) return work();
  const py::gil_scoped_release unlocked;
  work();
}

py::bytes decode(const py::object& payload, const py::object& law_name) {
  const Law law = parse_law(word(law_name, "law"));
  const Samples codes(payload, "payload", Samples::Kind::kBytes);
  py::bytes pcm = new_bytes(codes.bytes() * sizeof(int16_t));
  int16_t* const out = pcm_data(pcm);
  run(codes.bytes(), [&] { g711_decode(law, codes.payload(), codes.bytes(), out); });
  return pcm;
}

py::bytes encode(const py::object& pcm, const py::object& law_name) {
  const Law law = parse_law(word(law_name, "law"));
  const Samples samples(pcm, "pcm", Samples::Kind::kPcm);
  py::bytes payload = new_bytes(samples.samples());
  uint8_t* const out = data(payload);
  run(samples.samples(), [&] { g711_encode(law, samples.pcm(), samples.samples(), out); });
  return payload;
}

}  // namespace

void bind_g711(py::module_& module) {
  module.def("g711_decode", &decode, py::arg("payload"), py::arg("law"));
  module.def("g711_encode", &encode, py::arg("pcm"), py::arg("law"));
}

}  // namespace kefu::bindings
