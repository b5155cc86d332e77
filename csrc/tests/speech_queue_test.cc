#include "speech_queue.h"

#include <stdexcept>
#include <vector>

#include "check.h"

namespace {

using kefu::Place;
using kefu::SpeechQueue;

size_t push(SpeechQueue& queue, int64_t utterance, int64_t offset, size_t samples, bool last) {
  const std::vector<int16_t> pcm(samples, int16_t{7});
  return queue.push(utterance, offset, pcm.data(), samples, last);
}

size_t pop(SpeechQueue& queue, size_t samples, Place* place) {
  std::vector<int16_t> pcm(samples);
  return queue.pop(pcm.data(), samples, place);
}

KEFU_CASE(utterances_leave_one_after_the_other) {
  SpeechQueue queue(100);
  push(queue, 0, 0, 10, true);
  push(queue, 3, 0, 20, false);
  Place place;
  KEFU_EQUAL(pop(queue, 15, &place), 10U);
  KEFU_EQUAL(place.utterance, 0);
  KEFU_EQUAL(queue.finished(), 0);
  KEFU_EQUAL(pop(queue, 15, &place), 15U);
  KEFU_EQUAL(place.utterance, 3);
  KEFU_EQUAL(pop(queue, 15, &place), 5U);
  KEFU_EQUAL(place.offset, 15);
  KEFU_EQUAL(pop(queue, 15, &place), 0U);
  KEFU_EQUAL(queue.finished(), 0);  // open: more may come
  KEFU_EQUAL(queue.front().offset, 20);
  push(queue, 3, 20, 0, true);
  KEFU_EQUAL(queue.finished(), 3);
  KEFU_CHECK(!queue.open());
}

KEFU_CASE(what_does_not_join_is_refused_and_changes_nothing) {
  SpeechQueue queue(100);
  KEFU_THROWS(std::invalid_argument, push(queue, 0, 1, 10, false));
  push(queue, 0, 0, 10, false);
  KEFU_THROWS(std::invalid_argument, push(queue, 0, 11, 10, false));
  KEFU_THROWS(std::invalid_argument, push(queue, 0, 9, 10, false));
  KEFU_THROWS(std::invalid_argument, push(queue, 0, 10, 91, false));
  KEFU_THROWS(std::invalid_argument, push(queue, 1, 5, 1, false));
  KEFU_EQUAL(push(queue, 0, 10, 90, true), 90U);
  KEFU_THROWS(std::invalid_argument, push(queue, 0, 100, 0, false));
  KEFU_EQUAL(queue.waiting(), 100U);
}

KEFU_CASE(a_newer_utterance_closes_the_older) {
  SpeechQueue queue(100);
  push(queue, 0, 0, 10, false);
  push(queue, 1, 0, 10, false);
  KEFU_EQUAL(push(queue, 0, 10, 5, false), 0U);
  Place place;
  pop(queue, 10, &place);
  KEFU_EQUAL(queue.finished(), 0);
  KEFU_EQUAL(queue.front().utterance, 1);
}

KEFU_CASE(what_was_dropped_stays_dropped) {
  SpeechQueue queue(100);
  push(queue, 0, 0, 10, true);
  push(queue, 1, 0, 10, false);
  push(queue, 2, 0, 10, false);
  queue.drop(1);
  KEFU_EQUAL(queue.finished(), 1);
  KEFU_EQUAL(queue.front().utterance, 2);
  KEFU_EQUAL(queue.waiting(), 10U);
  KEFU_EQUAL(push(queue, 1, 10, 10, false), 0U);
  queue.drop(9);
  KEFU_CHECK(!queue.open());
  KEFU_EQUAL(push(queue, 9, 0, 10, false), 0U);
  KEFU_EQUAL(push(queue, 10, 0, 10, false), 10U);
}

KEFU_CASE(the_ring_turns_over_and_utterances_are_bounded) {
  SpeechQueue queue(7);
  Place place;
  for (int64_t i = 0; i < 100; ++i) {
    KEFU_EQUAL(push(queue, 0, i * 5, 5, false), 5U);
    KEFU_EQUAL(pop(queue, 5, &place), 5U);
    KEFU_EQUAL(place.offset, i * 5);
  }
  for (int64_t i = 1; i <= 1000; ++i) push(queue, i, 0, 0, true);
  KEFU_EQUAL(queue.finished(), 1000);
  push(queue, 1001, 0, 1, true);
  for (int64_t i = 1002; i <= 1016; ++i) push(queue, i, 0, 0, true);
  KEFU_THROWS(std::invalid_argument, push(queue, 1017, 0, 0, true));
  pop(queue, 1, &place);
  KEFU_EQUAL(queue.finished(), 1016);
}

}  // namespace
