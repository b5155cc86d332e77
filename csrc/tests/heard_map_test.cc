#include "heard_map.h"

#include "check.h"

namespace {

using kefu::HeardMap;

KEFU_CASE(a_place_is_found_inside_between_and_past_runs) {
  HeardMap map;
  KEFU_EQUAL(map.at(1000).utterance, -1);
  map.add(100, {0, 0}, 50);
  map.add(150, {0, 50}, 10);  // goes on: one run
  map.add(200, {1, 0}, 30);
  KEFU_EQUAL(map.at(100).utterance, -1);
  KEFU_EQUAL(map.at(101).offset, 1);
  KEFU_EQUAL(map.at(155).offset, 55);
  KEFU_EQUAL(map.at(200).utterance, 0);
  KEFU_EQUAL(map.at(200).offset, 60);
  KEFU_EQUAL(map.at(210).utterance, 1);
  KEFU_EQUAL(map.at(9999).offset, 30);
  KEFU_EQUAL(map.heard_of(0, 9999), 60);
  KEFU_EQUAL(map.heard_of(7, 9999), 0);
}

KEFU_CASE(what_was_dropped_is_unheard) {
  HeardMap map;
  map.add(0, {0, 0}, 100);
  map.add(160, {1, 0}, 100);
  map.add(320, {2, 0}, 100);
  map.unhear(1, 60);
  KEFU_EQUAL(map.heard_of(0, 9999), 60);
  KEFU_EQUAL(map.heard_of(1, 9999), 0);
  KEFU_EQUAL(map.at(300).utterance, 0);
  KEFU_EQUAL(map.at(300).offset, 60);
  KEFU_EQUAL(map.at(400).utterance, 2);
}

KEFU_CASE(the_oldest_runs_make_room) {
  HeardMap map;
  for (int64_t i = 0; i < 1000; ++i) map.add(2 * i, {i, 0}, 1);
  KEFU_EQUAL(map.at(1999).utterance, 999);
  KEFU_EQUAL(map.at(2 * 900 + 1).utterance, 900);
  KEFU_EQUAL(map.at(2 * 100).utterance, -1);
}

}  // namespace
