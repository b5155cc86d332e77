#include "echo.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <stdexcept>
#include <vector>

#include "check.h"
#include "codec.h"
#include "g711.h"
#include "line.h"

namespace {

constexpr size_t kTick = 160;

// Voice-like: harmonics of a pitch that wanders, in syllables with pauses, and some breath.
std::vector<int16_t> voice(size_t samples, double pitch_hz, double dbfs, unsigned seed,
                           double rate = 8000.0) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(0.0, 1.0);
  std::vector<int16_t> pcm(samples);
  const double scale = 32768.0 * std::pow(10.0, dbfs / 20.0);
  double phase = 0.0;
  double bend = 0.0;
  std::vector<double> colour(12, 1.0);
  for (size_t i = 0; i < samples; ++i) {
    const double seconds = static_cast<double>(i) / rate;
    if (i % static_cast<size_t>(rate * 0.18) == 0) {
      for (double& each : colour) each = std::abs(normal(random));
      bend = 0.15 * normal(random);
    }
    phase += 6.28318530718 * pitch_hz * (1.0 + bend + 0.05 * std::sin(9.0 * seconds)) / rate;
    double value = 0.1 * normal(random);
    for (size_t k = 0; k < colour.size(); ++k) {
      const auto harmonic = static_cast<double>(k + 1);
      value += colour[k] / harmonic * std::sin(harmonic * phase + harmonic * harmonic);
    }
    const double syllable = std::max(0.02, std::sin(6.28318530718 * 2.3 * seconds));
    value *= syllable * scale;
    pcm[i] = static_cast<int16_t>(std::lround(std::max(-32768.0, std::min(32767.0, value))));
  }
  return pcm;
}

std::vector<int16_t> through_g711(std::vector<int16_t> pcm) {
  std::vector<uint8_t> codes(pcm.size());
  kefu::g711_encode(kefu::Law::kUlaw, pcm.data(), pcm.size(), codes.data());
  kefu::g711_decode(kefu::Law::kUlaw, codes.data(), codes.size(), pcm.data());
  return pcm;
}

// `ours` later by `delay` samples and softer by `down_db`, with the noise of a line.
std::vector<int16_t> echo_of(const std::vector<int16_t>& ours, size_t delay, double down_db) {
  std::mt19937 random(9);
  std::normal_distribution<double> normal(0.0, 32768.0 * std::pow(10.0, -58.0 / 20.0));
  std::vector<int16_t> back(ours.size());
  const double gain = std::pow(10.0, -down_db / 20.0);
  for (size_t i = 0; i < back.size(); ++i) {
    const double value = i < delay ? 0.0 : gain * ours[i - delay];
    back[i] = static_cast<int16_t>(std::lround(value + normal(random)));
  }
  return back;
}

// The likelihood of each tick.
std::vector<double> likelihoods(kefu::EchoMeter& meter, const std::vector<int16_t>& ours,
                                const std::vector<int16_t>& back, size_t tick = kTick) {
  std::vector<double> found;
  for (size_t at = 0; at + tick <= ours.size(); at += tick) {
    meter.played(ours.data() + at, tick);
    found.push_back(meter.heard(back.data() + at, tick));
  }
  return found;
}

double explained(const std::vector<double>& found, size_t from = 0, size_t end = SIZE_MAX) {
  end = std::min(end, found.size());
  const auto first = found.begin() + static_cast<std::ptrdiff_t>(from);
  const auto last = found.begin() + static_cast<std::ptrdiff_t>(end);
  return static_cast<double>(std::count(first, last, 1.0)) / static_cast<double>(end - from);
}

KEFU_LONG_CASE(our_echo_is_explained_at_any_delay_and_loss) {
  const auto ours = through_g711(voice(8000 * 2, 120.0, -18.0, 1));
  for (const size_t delay_ms : {0U, 20U, 85U, 200U, 399U}) {
    for (const double down_db : {6.0, 12.0, 20.0, 30.0}) {
      for (const kefu::Path path : kefu::paths()) {
        kefu::EchoMeter meter(8000, {}, path);
        const auto back = through_g711(echo_of(ours, delay_ms * 8, down_db));
        KEFU_CHECK(explained(likelihoods(meter, ours, back), 5) > 0.97);
      }
    }
  }
}

KEFU_LONG_CASE(a_caller_over_our_echo_is_not_explained) {
  const auto ours = through_g711(voice(8000 * 2, 120.0, -18.0, 1));
  for (const double softer_db : {0.0, 6.0, 10.0}) {
    for (const double down_db : {10.0, 20.0, 26.0}) {
      if (down_db <= softer_db) continue;  // a voice that our echo drowns
      kefu::EchoMeter meter(8000);
      auto back = echo_of(ours, 120 * 8, down_db);
      const auto caller = voice(8000, 205.0, -18.0 - softer_db, 7);
      for (size_t i = 0; i < caller.size(); ++i) {
        back[8000 + i] = static_cast<int16_t>(
            std::max(-32768, std::min(32767, static_cast<int>(back[8000 + i]) + caller[i])));
      }
      const auto found = likelihoods(meter, ours, through_g711(back));
      KEFU_CHECK(explained(found, 5, 49) > 0.95);
      size_t loud = 0;
      size_t taken_for_echo = 0;
      for (size_t tick = 0; tick < 50; ++tick) {  // syllables, not the pauses between them
        double power = 0.0;
        for (size_t i = 0; i < kTick; ++i) power += std::pow(caller[tick * kTick + i], 2);
        if (power / kTick < std::pow(32768.0, 2) * std::pow(10.0, (-24.0 - softer_db) / 10.0)) {
          continue;
        }
        ++loud;
        if (found[50 + tick] >= 0.5) ++taken_for_echo;
      }
      KEFU_CHECK(loud > 10);
      KEFU_CHECK(taken_for_echo * 10 <= loud);
    }
  }
}

KEFU_CASE(a_stranger_alone_is_not_explained_while_we_speak) {
  const auto ours = voice(8000, 120.0, -18.0, 1);
  const auto stranger = voice(8000, 190.0, -20.0, 2);
  kefu::EchoMeter meter(8000);
  const auto found = likelihoods(meter, ours, stranger);
  size_t wrong = 0;
  for (size_t tick = 6; tick < found.size(); ++tick) {
    double power = 0.0;
    for (size_t i = 0; i < kTick; ++i) power += std::pow(stranger[tick * kTick + i], 2);
    if (power / kTick > std::pow(32768.0, 2) * 0.002) wrong += found[tick] >= 0.5 ? 1 : 0;
  }
  KEFU_EQUAL(wrong, 0U);
}

KEFU_CASE(wide_lines_are_measured_as_narrow_ones) {
  for (const int rate : {16000, 24000}) {
    const auto per_ms = static_cast<size_t>(rate / 1000);
    const auto ours = voice(static_cast<size_t>(rate), 120.0, -18.0, 1, rate);
    kefu::EchoMeter meter(rate);
    const auto found = likelihoods(meter, ours, echo_of(ours, 150 * per_ms, 10.0), 20 * per_ms);
    KEFU_CHECK(explained(found, 5) > 0.95);
    kefu::EchoMeter other(rate);
    const auto stranger = voice(static_cast<size_t>(rate), 190.0, -18.0, 2, rate);
    KEFU_CHECK(explained(likelihoods(other, ours, stranger, 20 * per_ms), 5) < 0.6);
  }
}

KEFU_CASE(an_echo_counts_only_as_long_as_it_can_be_on_its_way) {
  kefu::EchoMeter meter(8000, {20.0, 100});
  const std::vector<int16_t> ours(kTick, int16_t{8000});
  const std::vector<int16_t> quiet(kTick, int16_t{300});
  KEFU_EQUAL(meter.heard(quiet.data(), kTick), 0.0);
  meter.played(ours.data(), kTick);
  KEFU_EQUAL(meter.heard(quiet.data(), kTick), 1.0);
  for (int tick = 0; tick < 5; ++tick) meter.played_silence(kTick);
  KEFU_EQUAL(meter.heard(quiet.data(), kTick), 1.0);
  meter.played_silence(kTick);
  KEFU_EQUAL(meter.heard(quiet.data(), kTick), 0.0);
  KEFU_EQUAL(meter.heard(quiet.data(), kTick, 8 * 20), 1.0);  // the client has it yet to play
}

KEFU_CASE(what_the_client_has_not_played_comes_back_later) {
  const auto ours = voice(8000 * 2, 120.0, -18.0, 1);
  const auto back = echo_of(ours, 760 * 8, 8.0);  // 400 ms in the client, 360 on the way
  kefu::EchoMeter told(8000);
  kefu::EchoMeter untold(8000);
  size_t knew = 0;
  size_t guessed = 0;
  for (size_t at = 0; at + kTick <= ours.size(); at += kTick) {
    told.played(ours.data() + at, kTick);
    untold.played(ours.data() + at, kTick);
    const bool counts = at >= 8000;
    const double with = told.heard(back.data() + at, kTick, 400 * 8);
    const double without = untold.heard(back.data() + at, kTick);
    knew += counts && with == 1.0 ? 1U : 0U;
    guessed += counts && without == 1.0 ? 1U : 0U;
  }
  KEFU_CHECK(knew >= 48);
  KEFU_CHECK(guessed < 40);
}

KEFU_CASE(frames_that_come_in_bursts_are_found_as_single_ones) {
  const auto ours = voice(8000 * 2, 120.0, -18.0, 1);
  const auto back = echo_of(ours, 350 * 8, 10.0);
  kefu::EchoMeter meter(8000);
  size_t whole = 0;
  for (size_t at = 0; at + 5 * kTick <= ours.size(); at += 5 * kTick) {
    for (size_t k = 0; k < 5; ++k) {
      meter.played(ours.data() + at + k * kTick, kTick);
      if (k < 4) KEFU_EQUAL(meter.heard(nullptr, 0), 0.0);
    }
    whole += meter.heard(back.data() + at, 5 * kTick) == 1.0 ? 1U : 0U;
  }
  KEFU_CHECK(whole >= 18);  // of 20
}

KEFU_CASE(the_line_knows_its_gain_its_coding_and_its_echo) {
  for (const char* codec : {"ulaw", "alaw", "slin"}) {
    kefu::Line line(codec, 8000, 20);
    const auto ours = voice(8000 * 2, 120.0, -12.0, 1);
    const size_t bytes = kTick * line.codec.bytes_per_sample();
    std::vector<uint8_t> payload(bytes);
    std::vector<int16_t> left;
    std::vector<int16_t> pcm(kTick);
    size_t explained = 0;
    for (size_t at = 0; at + kTick <= ours.size(); at += kTick) {
      if (at == 8000) line.agent.set_gain(0.1778, 480);  // ducked by 15 dB in 60 ms
      line.agent.say(0, static_cast<int64_t>(at), ours.data() + at, kTick, false);
      KEFU_NO_ALLOCATION(line.frame(payload.data()));
      line.agent.set_taken(line.agent.next());
      left.resize(at + kTick);
      line.codec.decode(payload.data(), kTick, left.data() + at);
      std::vector<int16_t> back(kTick);
      for (size_t i = 0; i < kTick && at + i >= 1600; ++i) back[i] = left[at + i - 1600] / 3;
      line.codec.encode(back.data(), kTick, payload.data());
      line.caller.receive(static_cast<int64_t>(at), payload.data(), bytes);
      double echo = 0.0;
      KEFU_NO_ALLOCATION(echo = line.take(pcm.data()));
      explained += echo == 1.0 ? 1U : 0U;
    }
    KEFU_CHECK(explained >= 95);
    KEFU_CHECK(line.agent_level().rms_dbfs < -25.0);
    KEFU_CHECK(line.noise.dbfs() < -40.0);
  }
}

KEFU_CASE(a_ducked_voice_has_a_softer_echo) {
  kefu::EchoMeter meter(8000, {20.0, 100});
  const std::vector<int16_t> ducked(kTick, int16_t{1422});
  std::mt19937 random(1);
  std::normal_distribution<double> normal(0.0, 327.0);
  double last = 1.0;
  for (int tick = 0; tick < 10; ++tick) {
    std::vector<int16_t> noise(kTick);
    for (int16_t& each : noise) each = static_cast<int16_t>(normal(random));
    meter.played(ducked.data(), kTick);
    last = meter.heard(noise.data(), kTick);
  }
  KEFU_CHECK(last < 0.5);
}

KEFU_CASE(paths_agree) {
  const auto ours = voice(8000, 120.0, -18.0, 1);
  auto back = echo_of(ours, 1000, 10.0);
  const auto caller = voice(8000, 205.0, -24.0, 7);
  for (size_t i = 0; i < back.size(); ++i) back[i] = static_cast<int16_t>(back[i] + caller[i]);
  kefu::EchoMeter portable(8000, {}, kefu::Path::kPortable);
  const auto expected = likelihoods(portable, ours, back);
  for (const kefu::Path path : kefu::paths()) {
    kefu::EchoMeter meter(8000, {}, path);
    const auto found = likelihoods(meter, ours, back);
    for (size_t i = 0; i < found.size(); ++i) KEFU_NEAR(found[i], expected[i], 1e-5);
  }
}

KEFU_CASE(it_goes_on_after_holes_and_silence_without_memory) {
  const auto ours = voice(8000, 120.0, -18.0, 1);
  const auto back = echo_of(ours, 800, 10.0);
  kefu::EchoMeter meter(8000);
  likelihoods(meter, ours, back);
  meter.forget_heard();
  KEFU_NO_ALLOCATION(meter.played_silence(8000 * 20));
  KEFU_EQUAL(meter.heard(back.data(), kTick), 0.0);
  std::vector<double> found;
  KEFU_NO_ALLOCATION({
    meter.played(ours.data(), 8000);
    meter.heard(back.data(), 8000);
  });
  found = likelihoods(meter, ours, back);
  KEFU_CHECK(explained(found, 30) > 0.9);
}

KEFU_CASE(what_it_cannot_measure_is_refused) {
  KEFU_THROWS(std::invalid_argument, kefu::EchoMeter(44100));
  KEFU_THROWS(std::invalid_argument, kefu::EchoMeter(8000, {-1.0, 400}));
  KEFU_THROWS(std::invalid_argument, kefu::EchoMeter(8000, {std::nan(""), 400}));
  KEFU_THROWS(std::invalid_argument, kefu::EchoMeter(8000, {20.0, -1}));
  KEFU_THROWS(std::invalid_argument, kefu::EchoMeter(8000, {20.0, 2001}));
}

}  // namespace
