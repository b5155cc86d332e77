#include "prosody.h"

#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "check.h"

namespace {

using kefu::Path;
using kefu::Prosody;
using kefu::ProsodyMeter;

constexpr double kTurn = 2.0 * 3.14159265358979323846;

// A buzz that swells `syllables_hz` times a second and glides by `glide` octaves.
std::vector<int16_t> said(double seconds, double syllables_hz, double glide = 0.0,
                          double amplitude = 6000.0) {
  std::vector<int16_t> pcm(static_cast<size_t>(seconds * 8000.0));
  double turn = 0.0;
  for (size_t i = 0; i < pcm.size(); ++i) {
    const double at = static_cast<double>(i) / 8000.0;
    turn += kTurn * 160.0 * std::exp2(glide * std::sin(kTurn * at)) / 8000.0;
    const double swell = (1.02 - std::cos(kTurn * syllables_hz * at)) / 2.0;
    pcm[i] =
        static_cast<int16_t>(amplitude * swell * (std::sin(turn) + 0.5 * std::sin(2.0 * turn)));
  }
  return pcm;
}

Prosody of(const std::vector<int16_t>& pcm, Path path = kefu::best_path()) {
  return kefu::prosody(pcm.data(), pcm.size(), 8000, path);
}

void same(const Prosody& got, const Prosody& expected, double tolerance) {
  KEFU_NEAR(got.pitch_hz, expected.pitch_hz, tolerance * 100.0);
  KEFU_NEAR(got.pitch_spread, expected.pitch_spread, tolerance);
  KEFU_NEAR(got.level_dbfs, expected.level_dbfs, tolerance);
  KEFU_NEAR(got.level_spread, expected.level_spread, tolerance);
  KEFU_NEAR(got.rate_sps, expected.rate_sps, tolerance);
  KEFU_EQUAL(got.voiced_ms, expected.voiced_ms);
}

KEFU_LONG_CASE(six_figures_of_a_known_voice) {
  for (const Path path : kefu::paths()) {
    const Prosody flat = of(said(2.0, 4.0), path);
    KEFU_NEAR(flat.pitch_hz, 160.0, 0.8);
    KEFU_CHECK(flat.pitch_spread < 0.2);
    KEFU_NEAR(flat.rate_sps, 4.0, 0.5);
    KEFU_CHECK(flat.level_spread > 3.0);
    KEFU_CHECK(flat.voiced_ms > 1500.0);
    KEFU_CHECK(of(said(2.0, 4.0, 0.5), path).pitch_spread > 3.0);
    const Prosody soft = of(said(2.0, 4.0, 0.0, 3000.0), path);
    KEFU_NEAR(flat.level_dbfs - soft.level_dbfs, 6.02, 0.05);
    same(of(said(2.0, 4.0), Path::kPortable), flat, 1e-5);
  }
}

KEFU_CASE(while_it_is_spoken_as_at_its_end) {
  const std::vector<int16_t> pcm = said(1.0, 4.0, 0.2);
  ProsodyMeter meter(8000);
  for (size_t i = 0; i < pcm.size(); i += 160) {
    meter.push(pcm.data() + i, 160);
    if (i == 4000) meter.measure();
  }
  same(meter.measure(), of(pcm), 0.0);
  meter.reset();
  same(meter.measure(), Prosody{}, 0.0);
  meter.push(pcm.data(), pcm.size());
  same(meter.measure(), of(pcm), 0.0);
}

KEFU_CASE(what_is_no_voice_has_no_prosody) {
  for (const std::vector<int16_t>& pcm :
       {std::vector<int16_t>{}, std::vector<int16_t>(1, 1000), std::vector<int16_t>(8000, 0),
        std::vector<int16_t>(8000, 32767), said(0.079, 4.0)}) {
    same(of(pcm), Prosody{}, 0.0);
  }
}

KEFU_CASE(a_murmur_beside_a_shout_is_not_voiced) {
  const std::vector<int16_t> loud = said(0.5, 2.0, 0.0, 12'000.0);
  const std::vector<int16_t> soft = said(0.5, 2.0, 0.0, 300.0);
  std::vector<int16_t> both(loud);
  both.insert(both.end(), soft.begin(), soft.end());
  KEFU_NEAR(of(both).voiced_ms, of(loud).voiced_ms, 60.0);
}

KEFU_CASE(the_contour_is_what_is_summed_up) {
  const std::vector<int16_t> pcm = said(0.6, 4.0);
  ProsodyMeter meter(8000);
  meter.push(pcm.data(), pcm.size());
  std::vector<double> hz(meter.frames());
  std::vector<double> dbfs(meter.frames());
  meter.contour(hz.data(), dbfs.data());
  double voiced = 0.0;
  for (size_t i = 0; i < hz.size(); ++i) {
    voiced += hz[i] > 0.0 ? 20.0 : 0.0;
    KEFU_CHECK(dbfs[i] >= kefu::kSilentDbfs && dbfs[i] <= 0.0);
  }
  KEFU_EQUAL(meter.measure().voiced_ms, voiced);
}

KEFU_CASE(pushing_and_measuring_ask_for_no_memory) {
  ProsodyMeter meter(8000);
  const std::vector<int16_t> pcm = said(1.0, 4.0);
  KEFU_NO_ALLOCATION(meter.push(pcm.data(), pcm.size()));
  KEFU_NO_ALLOCATION(meter.measure());
}

KEFU_CASE(rates_that_are_none_are_refused) {
  KEFU_THROWS(std::invalid_argument, ProsodyMeter(7999));
  KEFU_THROWS(std::invalid_argument, kefu::prosody(nullptr, 0, 48'001));
}

}  // namespace
