#include "dtmf.h"

#include <cmath>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "check.h"

namespace {

using kefu::Dtmf;

constexpr double kPi = 3.14159265358979323846;
constexpr double kLow[] = {697, 770, 852, 941};
constexpr double kHigh[] = {1209, 1336, 1477, 1633};
const std::string kGrid = "123A456B789C*0#D";

// Two tones after silence that no block divides; levels in dBm0, offsets relative.
struct Signal {
  size_t key = 4;
  double ms = 40.0;
  double lower = -10.0;
  double upper = -10.0;
  double lower_offset = 0.0;
  double upper_offset = 0.0;
  double harmonic = 0.0;  // of the lower tone's second, as a factor of its amplitude
  int rate_hz = 8000;
};

double amplitude(double dbm0) { return 0.6966 * 32768.0 * std::pow(10.0, dbm0 / 20.0); }

void add(std::vector<double>& to, const Signal& signal) {
  const double rate = signal.rate_hz;
  const double low = kLow[signal.key / 4] * (1.0 + signal.lower_offset);
  const double high = kHigh[signal.key % 4] * (1.0 + signal.upper_offset);
  const auto samples = static_cast<int>(std::lround(signal.ms * rate / 1000.0));
  for (int n = 0; n < samples; ++n) {
    const double t = 2.0 * kPi * n / rate;
    to.push_back(amplitude(signal.lower) *
                     (std::sin(low * t + 0.3) + signal.harmonic * std::sin(2.0 * low * t)) +
                 amplitude(signal.upper) * std::sin(high * t + 1.1));
  }
}

void add_silence(std::vector<double>& to, double ms, int rate_hz) {
  to.resize(to.size() + static_cast<size_t>(std::lround(ms * rate_hz / 1000.0)), 0.0);
}

std::vector<int16_t> to_pcm(const std::vector<double>& values) {
  std::vector<int16_t> pcm;
  for (const double value : values) {
    pcm.push_back(static_cast<int16_t>(std::lround(std::fmin(32767, std::fmax(-32768, value)))));
  }
  return pcm;
}

std::string keys(const std::vector<double>& values, int rate_hz, size_t chunk = 160,
                 kefu::Path path = kefu::best_path()) {
  const std::vector<int16_t> pcm = to_pcm(values);
  Dtmf dtmf(rate_hz, path);
  std::string found;
  for (size_t at = 0; at < pcm.size(); at += chunk) {
    dtmf.push(pcm.data() + at, std::min(chunk, pcm.size() - at));
    kefu::Key key;
    while (dtmf.take(&key)) found += key.digit;
  }
  return found;
}

// What is heard of one signal, whatever its place among the blocks.
std::string heard(const Signal& signal) {
  std::string first;
  for (const double before : {21.0, 22.3, 23.7}) {
    std::vector<double> values;
    add_silence(values, before, signal.rate_hz);
    add(values, signal);
    add_silence(values, 60.0, signal.rate_hz);
    const std::string found = keys(values, signal.rate_hz);
    if (before == 21.0) first = found;
    if (found != first) return "differs";
  }
  return first;
}

KEFU_LONG_CASE(every_key_at_every_rate) {
  for (const int rate : {8000, 16000, 24000}) {
    for (size_t key = 0; key < 16; ++key) {
      Signal signal;
      signal.key = key;
      signal.rate_hz = rate;
      KEFU_EQUAL(heard(signal), kGrid.substr(key, 1));
    }
  }
}

KEFU_LONG_CASE(the_limits_of_q24) {
  for (const int rate : {8000, 24000}) {
    for (const size_t key : {size_t{0}, size_t{7}, size_t{8}, size_t{14}}) {
      const std::string digit = kGrid.substr(key, 1);
      const auto check = [&](auto change, const std::string& expected) {
        Signal signal;
        signal.key = key;
        signal.rate_hz = rate;
        change(signal);
        KEFU_EQUAL(heard(signal), expected);
      };
      check([](Signal& s) { s.ms = 23; }, "");
      check([](Signal& s) { s.ms = 200; }, digit);
      for (const double sign : {-1.0, 1.0}) {
        check([&](Signal& s) { s.lower_offset = s.upper_offset = 0.015 * sign; }, digit);
        check([&](Signal& s) { s.lower_offset = 0.015 * sign; }, digit);
        check([&](Signal& s) { s.lower_offset = 0.035 * sign, s.ms = 100; }, "");
        check([&](Signal& s) { s.upper_offset = 0.035 * sign, s.ms = 100; }, "");
      }
      check([](Signal& s) { s.lower = -12, s.upper = -8; }, digit);
      check([](Signal& s) { s.lower = -6, s.upper = -14; }, digit);
      check([](Signal& s) { s.lower = -12, s.upper = -5, s.ms = 100; }, "");
      check([](Signal& s) { s.lower = -3, s.upper = -14, s.ms = 100; }, "");
      check([](Signal& s) { s.lower = s.upper = 0; }, digit);
      check([](Signal& s) { s.lower = s.upper = -25; }, digit);
      check([](Signal& s) { s.lower = s.upper = -35, s.ms = 100; }, "");
      check([](Signal& s) { s.harmonic = 0.6, s.ms = 100; }, "");
    }
  }
}

KEFU_LONG_CASE(interruptions_and_pauses) {
  for (const int rate : {8000, 16000}) {
    for (const auto& [pause_ms, expected] :
         std::vector<std::pair<double, std::string>>{{5, "5"}, {10, "5"}, {40, "55"}, {70, "55"}}) {
      Signal signal;
      signal.key = 5;
      signal.rate_hz = rate;
      signal.ms = 50;
      std::vector<double> values;
      add_silence(values, 33.3, rate);
      add(values, signal);
      add_silence(values, pause_ms, rate);
      add(values, signal);
      add_silence(values, 60, rate);
      KEFU_EQUAL(keys(values, rate), expected);
    }
  }
}

KEFU_LONG_CASE(noise_of_15_db_below) {
  std::mt19937 random(1);
  for (size_t trial = 0; trial < 64; ++trial) {
    Signal signal;
    signal.key = trial % 16;
    signal.ms = 50;
    std::vector<double> values;
    add_silence(values, 20.0 + static_cast<double>(trial) * 0.7, 8000);
    add(values, signal);
    add_silence(values, 80, 8000);
    std::normal_distribution<double> noise(0.0, amplitude(-10.0) * std::pow(10.0, -15.0 / 20.0));
    for (double& value : values) value += noise(random);
    KEFU_EQUAL(keys(values, 8000), kGrid.substr(trial % 16, 1));
  }
}

KEFU_CASE(any_division_and_any_path_hear_the_same) {
  std::vector<double> values;
  for (const size_t key : {size_t{3}, size_t{12}}) {
    Signal signal;
    signal.key = key;
    add_silence(values, 47, 8000);
    add(values, signal);
  }
  add_silence(values, 60, 8000);
  for (const kefu::Path path : kefu::paths()) {
    for (const size_t chunk : {size_t{1}, size_t{37}, size_t{160}, size_t{5000}}) {
      KEFU_EQUAL(keys(values, 8000, chunk, path), "A*");
    }
  }
}

KEFU_CASE(a_hole_ends_a_key_and_keys_wait_to_be_taken) {
  Dtmf dtmf(8000);
  Signal signal;
  signal.ms = 50;
  std::vector<double> values;
  add(values, signal);
  const std::vector<int16_t> pcm = to_pcm(values);
  for (int press = 0; press < 20; ++press) {
    KEFU_NO_ALLOCATION(dtmf.push(pcm.data(), pcm.size()));
    dtmf.skip(press % 2 == 0 ? 800 : 80'000);
  }
  KEFU_EQUAL(dtmf.samples(), 20 * 400 + 10 * 800 + 10 * 80'000);
  kefu::Key key;
  int taken = 0;
  while (dtmf.take(&key)) ++taken;
  KEFU_EQUAL(taken, 16);
  KEFU_THROWS(std::invalid_argument, Dtmf(44100));
}

}  // namespace
