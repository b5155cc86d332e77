// Symbols to dense numbers, in the order in which they are met: two sequences are then compared by
// numbers, and a table over all symbols is an array.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace kefu {

// Mixes all bits of `value` into the low ones (the finaliser of splitmix64, Steele et al. 2014).
inline uint64_t mixed(uint64_t value) {
  value ^= value >> 30;
  value *= 0xBF58476D1CE4E5B9U;
  value ^= value >> 27;
  value *= 0x94D049BB133111EBU;
  return value ^ (value >> 31);
}

// An open-addressing table of at most `most` symbols; all memory is taken here.
template <typename Key>
class Intern {
 public:
  explicit Intern(size_t most) {
    size_t places = 8;
    while (places < 2 * most) places *= 2;
    places_.resize(places);
    keys_.reserve(most);
  }

  // The number of `key`; `equal(a, b)` may throw, and the table stays as it was.
  template <typename Equal>
  int32_t number(const Key& key, uint64_t hash, Equal equal) {
    const size_t mask = places_.size() - 1;
    for (size_t at = static_cast<size_t>(mixed(hash)) & mask;; at = (at + 1) & mask) {
      Place& place = places_[at];
      if (place.number < 0) {
        place = {hash, static_cast<int32_t>(keys_.size())};
        keys_.push_back(key);
        return place.number;
      }
      if (place.hash == hash && equal(keys_[static_cast<size_t>(place.number)], key)) {
        return place.number;
      }
    }
  }

  size_t size() const { return keys_.size(); }

 private:
  struct Place {
    uint64_t hash = 0;
    int32_t number = -1;
  };

  std::vector<Place> places_;
  std::vector<Key> keys_;
};

}  // namespace kefu
