#include "caller_ear.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "check.h"

namespace {

using kefu::CallerEar;
using kefu::EarRule;
using kefu::Edge;

EarRule rule(int64_t rate_hz = 8000, int64_t first_sample = 0) {
  return {rate_hz, first_sample, 0.5, 0.35, 64, 96, 300, 200};
}

std::vector<int16_t> noise(size_t samples, int32_t level, uint32_t seed = 1) {
  std::vector<int16_t> pcm(samples);
  for (int16_t& sample : pcm) {
    seed = seed * 1664525U + 1013904223U;
    sample = static_cast<int16_t>(static_cast<int32_t>(seed >> 16U) % (2 * level) - level);
  }
  return pcm;
}

void hear(CallerEar& ear, const std::vector<int16_t>& pcm, bool echoed = false, int64_t lost = 0) {
  ear.hear(pcm.data(), pcm.size(), lost, echoed);
}

// A detector that finds loud windows voiced and counts its own steps; the edges that came of it.
struct Detector {
  std::vector<Edge> edges;
  std::vector<float> windows;
  float steps = 0.0F;

  void answer(CallerEar& ear) {
    while (ear.draw()) {
      const float* const window = ear.input() + CallerEar::kContext;
      windows.insert(windows.end(), window, window + CallerEar::kWindow);
      double loudest = 0.0;
      for (size_t i = 0; i < CallerEar::kWindow; ++i) {
        loudest = std::max(loudest, std::abs(static_cast<double>(window[i])));
      }
      steps += 1.0F;
      const std::vector<float> state(CallerEar::kHidden, steps);
      const Edge edge = ear.answer(loudest > 0.05 ? 0.9 : 0.02, state.data(), state.data());
      if (edge != Edge::kNone) edges.push_back(edge);
    }
  }
};

// 300 ms of a soft line, 400 ms of voice, 300 ms of the soft line, in pieces of `tick` samples.
Detector speak(CallerEar& ear, size_t tick) {
  const auto rate = static_cast<size_t>(ear.rate_hz());
  std::vector<int16_t> pcm = noise(rate, 20);
  const auto voice = noise(rate * 2 / 5, 8000, 7);
  std::copy(voice.begin(), voice.end(), pcm.begin() + static_cast<int64_t>(rate * 3 / 10));
  Detector detector;
  for (size_t at = 0; at < pcm.size(); at += tick) {
    const size_t end = std::min(pcm.size(), at + tick);
    ear.hear(pcm.data() + at, end - at, 0, false);
    detector.answer(ear);
  }
  return detector;
}

KEFU_LONG_CASE(voice_is_found_where_it_is_at_every_rate) {
  for (const int64_t rate_hz : {8000, 16000, 24000}) {
    for (const int64_t first : {int64_t{0}, int64_t{4'800'000}}) {
      CallerEar ear(rule(rate_hz, first));
      const Detector found = speak(ear, static_cast<size_t>(rate_hz / 50));
      KEFU_EQUAL(found.edges.size(), 2U);
      KEFU_CHECK(found.edges == (std::vector<Edge>{Edge::kStarted, Edge::kStopped}));
      KEFU_CHECK(ear.in_utterance() && !ear.voiced());
      const auto ms = [&](int64_t sample) { return (sample - first) * 1000 / rate_hz; };
      KEFU_NEAR(ms(ear.voice_start()), 300, 36);
      KEFU_NEAR(ms(ear.voice_end()), 700, 36);
      KEFU_EQUAL(ear.pcm_start(), std::max(first, ear.voice_start() - rate_hz * 3 / 10));
      KEFU_EQUAL(ear.pcm_end(), ear.voice_end() + rate_hz / 5);
    }
  }
}

KEFU_LONG_CASE(the_size_of_a_tick_changes_nothing) {
  for (const int64_t rate_hz : {8000, 24000}) {
    CallerEar whole(rule(rate_hz));
    const Detector expected = speak(whole, static_cast<size_t>(rate_hz / 50));
    std::vector<float> mel(CallerEar::kBands * whole.spectrogram_frames());
    whole.spectrogram(mel.data());
    for (const size_t tick : {size_t{7}, size_t{333}, static_cast<size_t>(rate_hz)}) {
      CallerEar ear(rule(rate_hz));
      const Detector found = speak(ear, tick);
      KEFU_CHECK(found.windows == expected.windows);
      KEFU_CHECK(found.edges == expected.edges);
      KEFU_EQUAL(ear.voice_end(), whole.voice_end());
      std::vector<float> again(CallerEar::kBands * ear.spectrogram_frames());
      ear.spectrogram(again.data());
      KEFU_CHECK(again == mel);
    }
  }
}

KEFU_CASE(the_detector_sees_the_end_of_the_window_before_and_its_own_state) {
  CallerEar ear(rule());
  const auto pcm = noise(512, 5000);
  hear(ear, pcm);
  KEFU_CHECK(ear.draw());
  KEFU_EQUAL(ear.input()[0], 0.0F);
  KEFU_EQUAL(ear.input()[CallerEar::kContext], static_cast<float>(pcm[0]) / 32768.0F);
  const std::vector<float> low(CallerEar::kHidden, 1.0F);
  const std::vector<float> high(CallerEar::kHidden, 2.0F);
  ear.answer(0.5, low.data(), high.data());
  KEFU_CHECK(ear.draw());
  KEFU_EQUAL(ear.input()[0], static_cast<float>(pcm[224]) / 32768.0F);
  KEFU_EQUAL(ear.state(0)[0], 1.0F);
  KEFU_EQUAL(ear.state(1)[127], 2.0F);
}

KEFU_CASE(a_window_waits_for_its_answer) {
  CallerEar ear(rule());
  hear(ear, noise(300, 5000));
  KEFU_CHECK(ear.draw());
  const std::vector<float> window(ear.input(), ear.input() + CallerEar::kInput);
  hear(ear, noise(300, 5000, 9));
  KEFU_CHECK(ear.draw());
  KEFU_CHECK(std::equal(window.begin(), window.end(), ear.input()));
  const std::vector<float> state(CallerEar::kHidden);
  KEFU_THROWS(std::invalid_argument, ear.answer(std::nan(""), state.data(), state.data()));
  KEFU_THROWS(std::invalid_argument, ear.answer(1.5, state.data(), state.data()));
  ear.answer(0.0, state.data(), state.data());
  KEFU_CHECK(ear.draw());
  KEFU_CHECK(!std::equal(window.begin(), window.end(), ear.input()));
}

KEFU_CASE(our_echo_is_noise_to_the_detector_and_no_voice) {
  CallerEar ear(rule());
  const auto loud = noise(160, 8000);
  Detector detector;
  double power = 0.0;
  for (int tick = 0; tick < 40; ++tick) {
    hear(ear, loud, true);
    while (ear.draw()) {
      for (size_t i = CallerEar::kContext; i < CallerEar::kInput; ++i) {
        power += static_cast<double>(ear.input()[i]) * static_cast<double>(ear.input()[i]) / 6400.0;
      }
      const std::vector<float> state(CallerEar::kHidden);
      KEFU_CHECK(ear.answer(0.99, state.data(), state.data()) == Edge::kNone);
      KEFU_EQUAL(ear.newest(), 0.0);
    }
  }
  KEFU_NEAR(std::sqrt(power), 8000.0 / std::sqrt(3.0) / 32768.0, 0.01);  // as loud as it was
  KEFU_CHECK(!ear.in_utterance());
  for (int tick = 0; tick < 10; ++tick) hear(ear, loud);
  detector.answer(ear);
  KEFU_CHECK(ear.voiced());
}

KEFU_CASE(a_window_is_echo_where_half_of_it_is) {
  for (const size_t echoed : {size_t{127}, size_t{128}}) {
    CallerEar ear(rule());
    const auto loud = noise(256, 8000);
    ear.hear(loud.data(), 256 - echoed, 0, false);
    ear.hear(loud.data(), echoed, 0, true);
    KEFU_CHECK(ear.draw());
    const std::vector<float> state(CallerEar::kHidden);
    ear.answer(0.9, state.data(), state.data());
    KEFU_EQUAL(ear.newest(), echoed == 128 ? 0.0 : 0.9);
  }
}

KEFU_CASE(what_is_more_than_three_seconds_late_counts_as_silence) {
  CallerEar ear(rule());
  Detector detector;
  hear(ear, noise(4000, 8000));
  detector.answer(ear);
  KEFU_CHECK(ear.voiced());
  hear(ear, noise(8000 * 5, 8000));
  KEFU_CHECK(ear.take_stop());
  KEFU_CHECK(!ear.take_stop());
  KEFU_CHECK(!ear.voiced());
  const size_t before = detector.windows.size();
  detector.answer(ear);
  KEFU_NEAR((detector.windows.size() - before) / CallerEar::kWindow, 24000 / 256, 1);
  KEFU_CHECK(ear.voiced());
  KEFU_NEAR(ear.voice_end(), ear.next_sample(), 255);
}

KEFU_CASE(lost_samples_are_silence_and_keep_their_numbers) {
  CallerEar ear(rule(8000, 100));
  hear(ear, noise(160, 5000), false, 1000);
  KEFU_EQUAL(ear.next_sample(), 1260);
  KEFU_CHECK(ear.draw());
  KEFU_EQUAL(ear.input()[CallerEar::kContext + 255], 0.0F);
  KEFU_THROWS(std::invalid_argument, hear(ear, noise(160, 5000), false, -1));
  KEFU_THROWS(std::invalid_argument, hear(ear, noise(160, 5000), false, 24'001));
  KEFU_EQUAL(ear.next_sample(), 1260);
}

KEFU_CASE(an_utterance_ends_when_it_is_said_to) {
  CallerEar ear(rule());
  speak(ear, 160);
  const int64_t start = ear.utterance_start();
  KEFU_CHECK(ear.voiced_ms() > 300.0);
  ear.finish_utterance();
  KEFU_CHECK(!ear.in_utterance());
  KEFU_EQUAL(ear.voiced_ms(), 0.0);
  KEFU_EQUAL(ear.spectrogram_frames(), 0U);
  speak(ear, 160);
  KEFU_CHECK(ear.utterance_start() > start + 7000);
  ear.begin_anew();
  KEFU_CHECK(!ear.voiced() && !ear.in_utterance());
  KEFU_EQUAL(ear.silence_ms(), 0.0);
  speak(ear, 160);
  KEFU_NEAR(ear.voice_start(), 16000 + 2400, 256);
}

KEFU_LONG_CASE(of_a_very_long_utterance_the_end_is_kept) {
  CallerEar ear(rule());
  Detector detector;
  for (int second = 0; second < 40; ++second) {
    hear(ear, noise(8000, 8000));
    detector.answer(ear);
  }
  KEFU_CHECK(ear.in_utterance());
  KEFU_EQUAL(ear.pcm_end() - ear.pcm_start(), 29'500 * 8);
  KEFU_EQUAL(ear.spectrogram_frames(), 0U);
}

KEFU_LONG_CASE(whatever_comes_behind_a_long_utterance_has_room) {
  for (const int64_t rate_hz : {8000, 16000, 24000}) {
    EarRule long_roll = rule(rate_hz);
    long_roll.pre_roll_ms = 0;
    long_roll.post_roll_ms = 5000;
    CallerEar ear(long_roll);
    Detector detector;
    const auto loud = noise(static_cast<size_t>(rate_hz / 50), 8000);
    while (ear.next_sample() < 294 * rate_hz / 10) {
      hear(ear, loud);
      detector.answer(ear);
    }
    KEFU_CHECK(ear.spectrogram_frames() > 2900U);
    hear(ear, noise(static_cast<size_t>(2 * rate_hz), 8000), false, 3 * rate_hz);
    KEFU_EQUAL(ear.next_sample(), 344 * rate_hz / 10);
    KEFU_EQUAL(ear.spectrogram_frames(), 0U);
  }
}

KEFU_LONG_CASE(nothing_is_asked_for_once_it_is_there) {
  for (const int64_t rate_hz : {8000, 16000, 24000}) {
    CallerEar ear(rule(rate_hz));
    const auto loud = noise(static_cast<size_t>(rate_hz / 50), 8000);
    const std::vector<float> state(CallerEar::kHidden);
    std::vector<int16_t> pcm(static_cast<size_t>(rate_hz));
    std::vector<float> mel(CallerEar::kBands * 200);
    KEFU_NO_ALLOCATION(for (int tick = 0; tick < 50; ++tick) {
      ear.hear(loud.data(), loud.size(), tick, tick == 20);
      while (ear.draw()) ear.answer(0.9, state.data(), state.data());
    });
    KEFU_CHECK(ear.in_utterance());
    pcm.resize(static_cast<size_t>(ear.pcm_end() - ear.pcm_start()));
    mel.resize(CallerEar::kBands * ear.spectrogram_frames());
    KEFU_NO_ALLOCATION(ear.pcm(pcm.data()); ear.spectrogram(mel.data()); ear.begin_anew());
  }
}

KEFU_CASE(what_makes_no_sense_is_refused) {
  const auto refused = [](auto change) {
    EarRule wrong = rule();
    change(wrong);
    KEFU_THROWS(std::invalid_argument, CallerEar{wrong});
  };
  refused([](EarRule& r) { r.rate_hz = 11025; });
  refused([](EarRule& r) { r.first_sample = -1; });
  refused([](EarRule& r) { r.on = 1.5; });
  refused([](EarRule& r) { r.off = 0.6; });
  refused([](EarRule& r) { r.start_ms = -1; });
  refused([](EarRule& r) { r.pre_roll_ms = 5001; });
  refused([](EarRule& r) { r.post_roll_ms = -1; });
}

}  // namespace
