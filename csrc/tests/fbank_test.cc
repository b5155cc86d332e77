// Energies against Kaldi's recipe in double, any chunking against one push.
#include "fbank.h"

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

std::vector<float> speech(size_t samples) {
  std::mt19937 random(7);
  std::normal_distribution<float> noise(0.01F, 0.02F);  // with an offset, to be taken out
  std::vector<float> made(samples);
  for (size_t n = 0; n < samples; ++n) {
    made[n] = noise(random) + 0.3F * static_cast<float>(std::sin(0.09 * static_cast<double>(n)));
  }
  return made;
}

std::vector<float> at_once(const FbankOptions& options, const std::vector<float>& audio,
                           Path path = best_path()) {
  Fbank fbank(options, path);
  std::vector<float> out(fbank.frames(audio.size()) * static_cast<size_t>(options.bands));
  KEFU_EQUAL(
      fbank.push(audio.data(), audio.size(), out.data()) * static_cast<size_t>(options.bands),
      out.size());
  return out;
}

bool same(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

// All bands of one frame.
std::vector<double> reference(const FbankOptions& options, const float* first) {
  const int length = options.rate_hz / 40, fft = options.rate_hz == 8000 ? 256 : 512;
  std::vector<double> frame(first, first + length);
  double mean = 0;
  for (double& sample : frame) mean += (sample *= options.scale) / length;
  for (double& sample : frame) sample -= mean;
  for (int n = length - 1; n >= 0; --n) {
    frame[static_cast<size_t>(n)] -= 0.97 * frame[static_cast<size_t>(n > 0 ? n - 1 : 0)];
  }
  for (int n = 0; n < length; ++n) {
    const double turn = std::cos(kTurn * n / (length - 1));
    frame[static_cast<size_t>(n)] *= options.window == FrameWindow::kHamming
                                         ? 0.54 - 0.46 * turn
                                         : std::pow(0.5 - 0.5 * turn, 0.85);
  }
  std::vector<double> energy(static_cast<size_t>(options.bands));
  const auto mels = [](double hz) { return 1127 * std::log(1 + hz / 700); };
  const double top = options.high_hz > 0 ? options.high_hz : options.rate_hz / 2 + options.high_hz;
  const double step = (mels(top) - mels(options.low_hz)) / (options.bands + 1);
  for (int bin = 0; bin < fft / 2; ++bin) {
    double re = 0, im = 0;
    for (int n = 0; n < length; ++n) {
      re += frame[static_cast<size_t>(n)] * std::cos(kTurn * bin * n / fft);
      im += frame[static_cast<size_t>(n)] * std::sin(kTurn * bin * n / fft);
    }
    const double place =
        (mels(static_cast<double>(bin) * options.rate_hz / fft) - mels(options.low_hz)) / step;
    for (int band = 0; band < options.bands; ++band) {
      energy[static_cast<size_t>(band)] +=
          std::max(0.0, 1 - std::abs(place - band - 1)) * (re * re + im * im);
    }
  }
  for (double& value : energy) value = std::log(std::max(value, 1.1920929e-7));
  return energy;
}

void check_against_recipe(const FbankOptions& options) {
  const std::vector<float> audio = speech(static_cast<size_t>(options.rate_hz) / 8);
  const std::vector<float> got = at_once(options, audio);
  const auto bands = static_cast<size_t>(options.bands);
  const auto hop = static_cast<size_t>(options.rate_hz) / 100;
  const size_t count = (audio.size() - static_cast<size_t>(options.rate_hz) / 40) / hop + 1;
  KEFU_EQUAL(got.size(), count * bands);
  for (const size_t frame : {size_t{0}, size_t{1}, count - 1}) {
    const std::vector<double> expected = reference(options, audio.data() + frame * hop);
    for (size_t band = 0; band < bands; ++band) {
      KEFU_NEAR(got[frame * bands + band], expected[band], 2e-4);
    }
  }
}

}  // namespace

KEFU_LONG_CASE(it_is_kaldis_recipe) {
  check_against_recipe({});
  check_against_recipe({8000, 80, FrameWindow::kHamming, 20, 0, 32768});
  check_against_recipe({16000, 23, FrameWindow::kPovey, 20, 0, 1});
  check_against_recipe({16000, 40, FrameWindow::kPovey, 100, -400, 32768});
}

KEFU_CASE(any_chunking_gives_the_same_bits) {
  const std::vector<float> audio = speech(5000);
  const std::vector<float> expected = at_once({}, audio);
  Fbank fbank({});
  for (const size_t chunk : {1U, 159U, 160U, 320U, 1700U}) {
    std::vector<float> out(expected.size());
    size_t made = 0;
    for (size_t at = 0; at < audio.size(); at += chunk) {
      const size_t count = std::min(chunk, audio.size() - at);
      const size_t due = fbank.frames(count);
      const size_t got = fbank.push(audio.data() + at, count, out.data() + made * 80);
      KEFU_EQUAL(got, due);
      made += got;
    }
    fbank.flush();
    KEFU_CHECK(same(out, expected));
  }
}

KEFU_CASE(all_paths_give_the_same_bits) {
  const FbankOptions narrow{8000, 23, FrameWindow::kPovey, 20, 0, 32768};
  for (const FbankOptions& options : {FbankOptions{}, narrow}) {
    const std::vector<float> audio = speech(3000);
    for (const Path path : paths()) {
      KEFU_CHECK(same(at_once(options, audio, path), at_once(options, audio, Path::kPortable)));
    }
  }
}

KEFU_CASE(silence_stands_at_the_floor) {
  for (const float value : at_once({}, std::vector<float>(1600, 0.0F))) {
    KEFU_NEAR(value, -15.942385, 1e-5);
  }
}

KEFU_CASE(less_than_a_frame_gives_none) {
  Fbank fbank({});
  const std::vector<float> audio = speech(400);
  std::vector<float> out(80);
  KEFU_EQUAL(fbank.push(audio.data(), 399, out.data()), 0U);
  fbank.flush();
  KEFU_EQUAL(fbank.frames(399), 0U);
  KEFU_EQUAL(fbank.push(audio.data(), 400, out.data()), 1U);
  KEFU_CHECK(same(out, at_once({}, audio)));
}

KEFU_CASE(push_takes_no_memory) {
  Fbank fbank({});
  const std::vector<float> audio = speech(2000);
  std::vector<float> out(20 * 80);
  KEFU_NO_ALLOCATION(fbank.push(audio.data(), 2000, out.data()));
}

KEFU_CASE(options_that_cannot_be_are_refused) {
  FbankOptions options;
  options.rate_hz = 44100;
  KEFU_THROWS(std::invalid_argument, Fbank{options});
  options = {};
  options.bands = 129;
  KEFU_THROWS(std::invalid_argument, Fbank{options});
  options = {};
  options.high_hz = 9000;
  KEFU_THROWS(std::invalid_argument, Fbank{options});
  options = {};
  options.scale = NAN;
  KEFU_THROWS(std::invalid_argument, Fbank{options});
  KEFU_THROWS(std::invalid_argument, parse_frame_window("hann"));
}

}  // namespace kefu
