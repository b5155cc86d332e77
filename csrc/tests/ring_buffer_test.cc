#include "ring_buffer.h"

#include "check.h"

namespace {

KEFU_CASE(the_oldest_gives_way) {
  kefu::RingBuffer<int, 3> ring;
  KEFU_CHECK(ring.empty());
  for (int value = 1; value <= 5; ++value) {
    ring.push(value);
    KEFU_EQUAL(ring.back(), value);
    KEFU_EQUAL(ring.front(), value <= 3 ? 1 : value - 2);
  }
  KEFU_CHECK(ring.full());
  for (size_t place = 0; place < 3; ++place) KEFU_EQUAL(ring[place], static_cast<int>(place) + 3);
}

KEFU_CASE(what_is_popped_makes_room) {
  kefu::RingBuffer<int, 2> ring;
  for (int value = 0; value < 7; ++value) {
    ring.push(value);
    KEFU_EQUAL(ring.size(), 1U);
    KEFU_EQUAL(ring.front(), value);
    ring.pop();
  }
  KEFU_CHECK(ring.empty());
}

}  // namespace
