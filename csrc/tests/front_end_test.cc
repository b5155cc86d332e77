#include "front_end.h"

#include <cmath>
#include <limits>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include "check.h"

namespace {

using kefu::CallerEar;
using kefu::Change;
using kefu::Edge;
using kefu::FrontEnd;
using kefu::Heard;

using Ears = std::vector<std::shared_ptr<CallerEar>>;

std::shared_ptr<CallerEar> make_ear(int64_t rate_hz = 8000) {
  return std::make_shared<CallerEar>(kefu::EarRule{rate_hz, 0, 0.5, 0.35, 64, 96, 300, 200});
}

std::vector<int16_t> tone(size_t samples, int16_t level) {
  std::vector<int16_t> pcm(samples);
  for (size_t i = 0; i < samples; ++i) pcm[i] = i % 2 == 0 ? level : static_cast<int16_t>(-level);
  return pcm;
}

// Answers all that waits: loud is voice; the state counts the windows of a call.
std::vector<Change> detect(FrontEnd& front) {
  std::vector<Change> changes;
  while (front.rows() > 0) {
    const size_t rows = front.rows();
    std::vector<float> probabilities(rows);
    std::vector<float> states(front.state(), front.state() + 2 * rows * CallerEar::kHidden);
    for (size_t row = 0; row < rows; ++row) {
      const float last = front.input()[(row + 1) * CallerEar::kInput - 1];
      probabilities[row] = std::abs(last) > 0.05F ? 0.9F : 0.02F;
    }
    for (float& value : states) value += 1.0F;
    const auto& found = front.answer(probabilities.data(), states.data());
    changes.insert(changes.end(), found.begin(), found.end());
  }
  return changes;
}

std::vector<Heard> all_hear(const Ears& ears, const std::vector<int16_t>& pcm) {
  std::vector<Heard> heard;
  for (const auto& ear : ears) heard.push_back({ear, pcm.data(), pcm.size(), 0, false});
  return heard;
}

KEFU_CASE(rows_are_the_calls_with_a_full_window) {
  FrontEnd front(8);
  const Ears ears{make_ear(), make_ear(), make_ear()};
  const auto pcm = tone(256, 8000);
  std::vector<Heard> heard = all_hear(ears, pcm);
  heard[1].samples = 255;
  front.tick(heard.data(), heard.size());
  KEFU_EQUAL(front.rows(), 2U);
  KEFU_EQUAL(front.input()[CallerEar::kContext], 8000.0F / 32768.0F);
  detect(front);
  heard = {{ears[1], pcm.data(), 1, 0, false}};
  front.tick(heard.data(), heard.size());
  KEFU_EQUAL(front.rows(), 1U);
}

KEFU_CASE(only_what_changed_is_told_with_its_place_and_sample) {
  FrontEnd front(8);
  const Ears ears{make_ear(), make_ear()};
  const auto loud = tone(160, 8000);
  const auto quiet = tone(160, 10);
  std::vector<Change> changes;
  for (int number = 0; number < 50; ++number) {
    std::vector<Heard> heard = all_hear(ears, quiet);
    if (number >= 10 && number < 30) heard[1].pcm = loud.data();
    front.tick(heard.data(), heard.size());
    for (const Change& change : detect(front)) changes.push_back(change);
  }
  KEFU_EQUAL(changes.size(), 2U);
  if (changes.size() == 2) {
    KEFU_EQUAL(changes[0].index, 1U);
    KEFU_CHECK(changes[0].edge == Edge::kStarted && changes[1].edge == Edge::kStopped);
    KEFU_NEAR(changes[0].sample, 1600, 256);
    KEFU_NEAR(changes[1].sample, 4800, 256);
  }
}

KEFU_LONG_CASE(together_is_as_one_by_one) {
  Ears together;
  Ears alone;
  for (const int64_t rate_hz : {8000, 16000, 24000, 8000, 8000}) {
    together.push_back(make_ear(rate_hz));
    alone.push_back(make_ear(rate_hz));
  }
  FrontEnd front(3);  // fewer rows than calls
  FrontEnd single(1);
  const auto pcm = tone(1440, 6000);
  for (size_t number = 0; number < 60; ++number) {
    std::vector<Heard> heard = all_hear(together, pcm);
    for (size_t i = 0; i < heard.size(); ++i) {
      heard[i].samples = (number * 37 + i * 101) % 1440;
      heard[i].lost = number % 11 == i ? 50 : 0;
      heard[i].echoed = number % 7 == i;
    }
    front.tick(heard.data(), heard.size());
    const auto expected = detect(front);
    size_t changes = 0;
    for (size_t i = 0; i < heard.size(); ++i) {
      heard[i].ear = alone[i];
      single.tick(&heard[i], 1);
      changes += detect(single).size();
    }
    KEFU_EQUAL(changes, expected.size());
  }
  for (size_t i = 0; i < alone.size(); ++i) {
    KEFU_EQUAL(together[i]->voice_start(), alone[i]->voice_start());
    KEFU_EQUAL(together[i]->voice_end(), alone[i]->voice_end());
    KEFU_EQUAL(together[i]->state(1)[5], alone[i]->state(1)[5]);
    KEFU_CHECK(std::equal(together[i]->input(), together[i]->input() + CallerEar::kInput,
                          alone[i]->input()));
  }
}

KEFU_CASE(a_call_that_is_behind_waits_again_after_each_answer) {
  FrontEnd front(8);
  const Ears ears{make_ear(), make_ear()};
  const auto pcm = tone(256 * 5, 8000);
  std::vector<Heard> heard = all_hear(ears, pcm);
  heard[1].samples = 256;
  front.tick(heard.data(), heard.size());
  size_t runs = 0;
  const std::vector<float> states(2 * 2 * CallerEar::kHidden);
  const std::vector<float> silent(2);
  for (; front.rows() > 0; ++runs) front.answer(silent.data(), states.data());
  KEFU_EQUAL(runs, 5U);
}

KEFU_CASE(a_stop_in_audio_too_old_for_the_detector_is_told) {
  FrontEnd front(8);
  const Ears ears{make_ear()};
  const auto pcm = tone(8000 * 5, 8000);
  Heard heard{ears[0], pcm.data(), 1600, 0, false};
  front.tick(&heard, 1);
  KEFU_EQUAL(detect(front).size(), 1U);
  heard.samples = pcm.size();
  front.tick(&heard, 1);
  const auto changes = detect(front);
  KEFU_EQUAL(changes.size(), 2U);
  KEFU_CHECK(changes[0].edge == Edge::kStopped && changes[1].edge == Edge::kStarted);
  KEFU_CHECK(changes[0].sample <= 1600);
}

KEFU_CASE(what_makes_no_sense_is_refused_and_nothing_moves) {
  KEFU_THROWS(std::invalid_argument, FrontEnd(0));
  KEFU_THROWS(std::invalid_argument, FrontEnd(1025));
  FrontEnd front(4);
  const Ears ears{make_ear(), make_ear()};
  const auto pcm = tone(256, 8000);
  std::vector<Heard> heard = all_hear(ears, pcm);
  heard[1].lost = -1;
  KEFU_THROWS(std::invalid_argument, front.tick(heard.data(), heard.size()));
  KEFU_EQUAL(ears[0]->next_sample(), 0);
  heard[1].lost = 0;
  front.tick(heard.data(), heard.size());
  std::vector<float> probabilities{0.1F, std::nanf("")};
  std::vector<float> states(2 * 2 * CallerEar::kHidden);
  KEFU_THROWS(std::invalid_argument, front.answer(probabilities.data(), states.data()));
  probabilities[1] = 0.2F;
  states[300] = std::numeric_limits<float>::infinity();
  KEFU_THROWS(std::invalid_argument, front.answer(probabilities.data(), states.data()));
  KEFU_EQUAL(ears[0]->newest(), 0.0);
  states[300] = 0.0F;
  front.answer(probabilities.data(), states.data());
  KEFU_NEAR(ears[1]->newest(), 0.2, 1e-6);
}

KEFU_CASE(a_tick_asks_for_nothing_after_the_first) {
  FrontEnd front(16);
  Ears ears;
  for (int i = 0; i < 3; ++i) ears.push_back(make_ear());
  const auto pcm = tone(160, 8000);
  const auto heard = all_hear(ears, pcm);
  const std::vector<float> probabilities(16, 0.9F);
  const std::vector<float> states(16 * 2 * CallerEar::kHidden);
  front.tick(heard.data(), heard.size());
  KEFU_NO_ALLOCATION(for (int tick = 0; tick < 30; ++tick) {
    front.tick(heard.data(), heard.size());
    while (front.rows() > 0) front.answer(probabilities.data(), states.data());
  });
  KEFU_CHECK(ears[2]->in_utterance());
}

// Ends its thread before the test's memory goes.
struct Joined {
  std::thread thread;
  ~Joined() {
    if (thread.joinable()) thread.join();
  }
};

KEFU_LONG_CASE(two_slots_at_once_share_nothing_that_moves) {
  FrontEnd fronts[2] = {FrontEnd(4), FrontEnd(4)};
  const std::shared_ptr<CallerEar> ears[2] = {make_ear(16000), make_ear(16000)};
  const auto pcm = tone(320, 8000);
  const std::vector<float> probabilities(4, 0.9F);
  const std::vector<float> states(4 * 2 * CallerEar::kHidden);
  const auto run = [&](size_t slot) {
    for (int tick = 0; tick < 30; ++tick) {
      const Heard heard{ears[slot], pcm.data(), pcm.size(), 0, tick % 4 == 3};
      fronts[slot].tick(&heard, 1);
      while (fronts[slot].rows() > 0) fronts[slot].answer(probabilities.data(), states.data());
    }
  };
  run(0);
  run(1);
  const size_t requests = kefu::test::memory_requests();
  {
    Joined other;
    other.thread = std::thread(run, 1);
    run(0);
  }
  KEFU_CHECK(kefu::test::memory_requests() - requests <= 2);  // the thread itself
  KEFU_EQUAL(ears[0]->voice_end(), ears[1]->voice_end());
}

}  // namespace
