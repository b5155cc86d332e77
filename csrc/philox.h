// Philox 4x32-10: random numbers by counter (Salmon, Moraes, Dror and Shaw, "Parallel random
// numbers: as easy as 1, 2, 3", SC 2011). The same on host and device; nothing is remembered.
#pragma once

#include <cstdint>

#include "host_device.h"

namespace kefu {

struct Philox {
  uint32_t word[4];
};

KEFU_HD inline Philox philox(uint64_t key, uint64_t counter_low, uint64_t counter_high) {
  uint32_t key_low = static_cast<uint32_t>(key), key_high = static_cast<uint32_t>(key >> 32);
  uint32_t a = static_cast<uint32_t>(counter_low), b = static_cast<uint32_t>(counter_low >> 32);
  uint32_t c = static_cast<uint32_t>(counter_high), d = static_cast<uint32_t>(counter_high >> 32);
  for (int round = 0; round < 10; ++round) {
    const uint64_t first = uint64_t{0xD2511F53} * a;
    const uint64_t second = uint64_t{0xCD9E8D57} * c;
    a = static_cast<uint32_t>(second >> 32) ^ b ^ key_low;
    b = static_cast<uint32_t>(second);
    c = static_cast<uint32_t>(first >> 32) ^ d ^ key_high;
    d = static_cast<uint32_t>(first);
    key_low += 0x9E3779B9;
    key_high += 0xBB67AE85;
  }
  return {{a, b, c, d}};
}

}  // namespace kefu
