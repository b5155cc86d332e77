#include "call_progress.h"

#include <cmath>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "check.h"

namespace {

using kefu::CallProgress;

constexpr double kPi = 3.14159265358979323846;

// Some frequencies, or none, for some time.
struct Part {
  std::vector<double> hz;
  double ms;
};

std::vector<int16_t> sound(const std::vector<Part>& parts, int times, int rate_hz,
                           double noise = 30.0) {
  std::mt19937 random(7);
  std::normal_distribution<double> hiss(0.0, noise);
  std::vector<int16_t> pcm(static_cast<size_t>(rate_hz / 1000) * 130);
  for (int time = 0; time < times; ++time) {
    for (const Part& part : parts) {
      const auto samples = static_cast<int>(part.ms * rate_hz / 1000);
      for (int n = 0; n < samples; ++n) {
        double value = hiss(random);
        for (const double hz : part.hz) value += 3000.0 * std::sin(2.0 * kPi * hz * n / rate_hz);
        pcm.push_back(static_cast<int16_t>(value));
      }
    }
  }
  return pcm;
}

std::string told(const std::vector<int16_t>& pcm, int rate_hz, size_t chunk = 160,
                 kefu::Path path = kefu::best_path()) {
  CallProgress progress(rate_hz, path);
  std::string names;
  const auto take = [&] {
    for (auto each = progress.take(); each != kefu::Progress::kNone; each = progress.take()) {
      names += std::string(names.empty() ? "" : " ") + kefu::progress_name(each);
    }
  };
  for (size_t at = 0; at < pcm.size(); at += chunk) {
    progress.push(pcm.data() + at, std::min(chunk, pcm.size() - at));
    take();
  }
  progress.skip(static_cast<size_t>(rate_hz / 5));
  take();
  return names;
}

std::vector<Part> on_off(const std::vector<double>& hz, double on_ms, double off_ms) {
  return {{hz, on_ms}, {{}, off_ms}};
}

KEFU_LONG_CASE(the_plans_of_e180) {
  const std::vector<double> us_busy = {480, 620};
  const std::vector<double> us_ring = {440, 480};
  for (const int rate : {8000, 16000}) {
    const auto check = [&](const std::vector<Part>& parts, int times, const std::string& name) {
      KEFU_EQUAL(told(sound(parts, times, rate), rate), name);
    };
    check(on_off({450}, 350, 350), 5, "busy");  // CN
    check(on_off({450}, 700, 700), 5, "congestion");
    check(on_off({450}, 1000, 4000), 1, "ringback");
    check({{{450}, 3500}}, 1, "dial");
    check(on_off({425}, 500, 500), 5, "busy");  // EU
    check(on_off({425}, 250, 250), 5, "congestion");
    check(on_off({425}, 1000, 4000), 1, "ringback");
    check(on_off(us_busy, 500, 500), 5, "busy");  // US, TW
    check(on_off(us_busy, 250, 250), 5, "congestion");
    check(on_off(us_ring, 2000, 4000), 1, "ringback");
    check(on_off(us_ring, 1000, 2000), 1, "ringback");
    check({{{350, 440}, 3500}}, 1, "dial");
    check({{us_ring, 400}, {{}, 200}, {us_ring, 400}, {{}, 2000}}, 1, "ringback");  // HK
    check({{{950}, 330}, {{1400}, 330}, {{1800}, 330}}, 1, "special");
    check({{{913.8}, 274}, {{1370.6}, 274}, {{1776.7}, 380}}, 1, "special");
    check(on_off({1100}, 500, 3000), 1, "fax_calling");
    check({{{2100}, 1200}}, 1, "fax_answer");
  }
}

KEFU_LONG_CASE(what_is_no_cadence_is_not_told) {
  const auto check = [&](const std::vector<Part>& parts, int times) {
    KEFU_EQUAL(told(sound(parts, times, 8000), 8000), "");
  };
  check(on_off({450}, 350, 350), 3);  // too few
  check(on_off({450}, 200, 500), 6);
  check(on_off({600}, 350, 350), 6);
  check({{{450}, 350}, {{}, 350}, {{450}, 500}, {{}, 200}}, 4);
  check({{{450}, 350}, {{300, 700}, 350}}, 6);  // music goes on between the notes
  check({{{1800}, 330}, {{1400}, 330}, {{950}, 330}}, 2);
  check(on_off({1100}, 1500, 500), 2);
  check({{{2100}, 700}}, 1);
}

KEFU_CASE(any_division_and_any_path_tell_the_same) {
  const auto pcm = sound(on_off({425}, 250, 250), 5, 8000);
  for (const kefu::Path path : kefu::paths()) {
    for (const size_t chunk : {size_t{7}, size_t{160}, size_t{100'000}}) {
      KEFU_EQUAL(told(pcm, 8000, chunk, path), "congestion");
    }
  }
}

KEFU_CASE(a_tone_that_goes_on_is_told_again_after_10_s) {
  KEFU_EQUAL(told(sound(on_off({425}, 500, 500), 16, 8000), 8000), "busy busy");
}

KEFU_CASE(push_takes_no_memory) {
  CallProgress progress(8000);
  const auto pcm = sound(on_off({450}, 350, 350), 1, 8000);
  KEFU_NO_ALLOCATION(progress.push(pcm.data(), pcm.size()));
  KEFU_NO_ALLOCATION(progress.skip(24'000));
  KEFU_THROWS(std::invalid_argument, CallProgress(12000));
}

}  // namespace
