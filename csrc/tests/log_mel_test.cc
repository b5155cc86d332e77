// The spectrogram against Whisper's formulas in double, any chunking against one push.
#include "log_mel.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <stdexcept>
#include <vector>

#include "check.h"

namespace kefu {
namespace {

constexpr double kTurn = 6.283185307179586;

std::vector<float> speech(size_t samples, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<float> noise(0.0F, 0.02F);
  std::vector<float> made(samples);
  for (size_t n = 0; n < samples; ++n) {
    const double tone = 0.3 * std::sin(kTurn * 300 * static_cast<double>(n) / 16000);
    made[n] = noise(random) + static_cast<float>(n % 8000 < 4000 ? tone : 0.0);
  }
  return made;
}

std::vector<float> at_once(const std::vector<float>& audio, int bands, size_t padded,
                           Path path = best_path()) {
  LogMel mel(bands, audio.size(), path);
  mel.push(audio.data(), audio.size());
  std::vector<float> out(static_cast<size_t>(bands) * LogMel::frames(padded));
  mel.spectrogram(audio.size(), padded, out.data());
  return out;
}

bool same(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

// log10 of the energy of a band of frame t, by a direct transform.
double reference(const std::vector<float>& audio, size_t padded, int bands, int band, size_t t) {
  const double top = 15 + std::log(8.0) / (std::log(6.4) / 27);
  const auto hz = [&](int place) {
    const double mel = top * place / (bands + 1);
    return mel < 15 ? mel * 200 / 3 : 1000 * std::pow(6.4, (mel - 15) / 27);
  };
  const double left = hz(band), centre = hz(band + 1), right = hz(band + 2);
  double energy = 0;
  for (int bin = 0; bin <= 200; ++bin) {
    const double f = bin * 40.0;
    if (f <= left || f >= right) continue;
    const double height =
        f < centre ? (f - left) / (centre - left) : (right - f) / (right - centre);
    double re = 0, im = 0;
    for (int n = 0; n < 400; ++n) {
      auto at = static_cast<int64_t>(160 * t) + n - 200;
      if (at < 0) at = -at;
      const auto last = static_cast<int64_t>(padded) - 1;
      if (at > last) at = 2 * last - at;
      if (at >= static_cast<int64_t>(audio.size())) continue;
      const double windowed = static_cast<double>(audio[static_cast<size_t>(at)]) *
                              (0.5 - 0.5 * std::cos(kTurn * n / 400));
      re += windowed * std::cos(kTurn * bin * n / 400);
      im += windowed * std::sin(kTurn * bin * n / 400);
    }
    energy += (re * re + im * im) * height * 2 / (right - left);
  }
  return std::log10(std::max(energy, 1e-10));
}

void check_against_reference(size_t samples, size_t padded, int bands) {
  const std::vector<float> audio = speech(samples);
  const std::vector<float> got = at_once(audio, bands, padded);
  const size_t count = LogMel::frames(padded);
  const double loudest = 4.0 * static_cast<double>(*std::max_element(got.begin(), got.end())) - 4;
  for (const size_t t : {size_t{0}, size_t{1}, count / 2, count - 2, count - 1}) {
    for (int band = 0; band < bands; band += 13) {
      const double expected =
          (std::max(reference(audio, padded, bands, band, t), loudest - 8) + 4) / 4;
      KEFU_NEAR(got[static_cast<size_t>(band) * count + t], expected, 2e-5);
    }
  }
}

}  // namespace

KEFU_LONG_CASE(it_is_whispers_spectrogram) {
  check_against_reference(4000, 4000, 80);
  check_against_reference(4000, 4000, 128);
  check_against_reference(4123, 4123, 80);  // the end is reflected
  check_against_reference(4000, 4039, 80);  // zeros, and speech reflected past them
  check_against_reference(4000, 4160, 80);  // as faster-whisper pads
  check_against_reference(4000, 9600, 80);
}

KEFU_CASE(any_chunking_gives_the_same_bits) {
  const std::vector<float> audio = speech(5000);
  const std::vector<float> expected = at_once(audio, 80, 8000);
  for (const size_t chunk : {1U, 7U, 160U, 320U, 1599U}) {
    LogMel mel(80, 6000);
    for (size_t n = 0; n < audio.size(); n += chunk) {
      mel.push(audio.data() + n, std::min(chunk, audio.size() - n));
    }
    std::vector<float> out(expected.size());
    mel.spectrogram(5000, 8000, out.data());
    KEFU_CHECK(same(out, expected));
  }
}

KEFU_CASE(all_paths_give_the_same_bits) {
  const std::vector<float> audio = speech(5000);
  for (const Path path : paths()) {
    KEFU_CHECK(same(at_once(audio, 128, 5200, path), at_once(audio, 128, 5200, Path::kPortable)));
  }
}

KEFU_LONG_CASE(the_past_is_still_there_and_speech_goes_on) {
  const std::vector<float> audio = speech(200000);
  LogMel mel(80, 200000);
  mel.push(audio.data(), 150000);
  std::vector<float> out(80 * LogMel::frames(152000));
  for (const size_t samples : {150000U, 149999U, 140000U, 118000U}) {
    const std::vector<float> first(audio.begin(), audio.begin() + static_cast<long>(samples));
    mel.spectrogram(samples, 152000, out.data());
    KEFU_CHECK(same(out, at_once(first, 80, 152000)));
  }
  mel.push(audio.data() + 150000, 50000);
  std::vector<float> whole(80 * LogMel::frames(200000));
  mel.spectrogram(200000, 200000, whole.data());
  KEFU_CHECK(same(whole, at_once(audio, 80, 200000)));
}

KEFU_CASE(silence_is_finite_and_flat) {
  const std::vector<float> out = at_once(std::vector<float>(3200, 0.0F), 80, 6400);
  for (const float value : out) KEFU_NEAR(value, -1.5, 1e-6);
}

KEFU_CASE(another_utterance_knows_nothing_of_the_last) {
  const std::vector<float> audio = speech(3000);
  LogMel mel(80, 5000);
  const std::vector<float> loud(5000, 0.9F);
  mel.push(loud.data(), loud.size());
  mel.reset();
  KEFU_EQUAL(mel.samples(), 0U);
  mel.push(audio.data(), audio.size());
  std::vector<float> out(80 * LogMel::frames(3000));
  mel.spectrogram(3000, 3000, out.data());
  KEFU_CHECK(same(out, at_once(audio, 80, 3000)));
}

KEFU_CASE(push_takes_no_memory) {
  const std::vector<float> audio = speech(4000);
  LogMel mel(80, 4000);
  std::vector<float> out(80 * LogMel::frames(4800));
  KEFU_NO_ALLOCATION(mel.push(audio.data(), 1500));
  KEFU_NO_ALLOCATION(mel.push(audio.data() + 1500, 2500));
  KEFU_NO_ALLOCATION(mel.spectrogram(4000, 4800, out.data()));
}

KEFU_CASE(what_cannot_be_is_refused_and_nothing_changes) {
  KEFU_THROWS(std::invalid_argument, LogMel(40, 16000));
  KEFU_THROWS(std::invalid_argument, LogMel(80, 0));
  KEFU_THROWS(std::invalid_argument, LogMel(80, LogMel::kMostSamples + 1));
  const std::vector<float> audio = speech(40000);
  LogMel mel(80, 40000);
  std::vector<float> out(80 * LogMel::frames(48000));
  KEFU_THROWS(std::out_of_range, mel.spectrogram(1, 400, out.data()));
  mel.push(audio.data(), 39000);
  KEFU_THROWS(std::out_of_range, mel.push(audio.data(), 1001));
  KEFU_EQUAL(mel.samples(), 39000U);
  KEFU_THROWS(std::out_of_range, mel.spectrogram(39001, 48000, out.data()));
  KEFU_THROWS(std::out_of_range, mel.spectrogram(6999, 48000, out.data()));
  KEFU_THROWS(std::invalid_argument, mel.spectrogram(39000, 38999, out.data()));
  KEFU_THROWS(std::invalid_argument, mel.spectrogram(39000, 480001, out.data()));
  mel.push(audio.data() + 39000, 1000);
  mel.spectrogram(40000, 40000, out.data());
  out.resize(80 * LogMel::frames(40000));
  KEFU_CHECK(same(out, at_once(audio, 80, 40000)));
}

}  // namespace kefu
