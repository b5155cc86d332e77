// The newest values of a stream, side by side in memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace kefu {

// Allocates in its constructor only. Before anything came there are zeros.
template <typename T>
class SampleHistory {
 public:
  // Keeps `kept` values. Twice the room: they move back once in `kept` values, not at every push.
  explicit SampleHistory(size_t kept) : kept_(kept), room_(2 * kept), end_(kept) {}

  // Room for the next `count` (at most `kept`) values, which the caller fills.
  T* extend(size_t count) {
    if (end_ + count > room_.size()) {
      std::copy(room_.data() + end_ - kept_, room_.data() + end_, room_.data());
      end_ = kept_;
    }
    end_ += count;
    return room_.data() + end_ - count;
  }

  void push(const T* values, size_t count) { std::copy_n(values, count, extend(count)); }

  // The newest `count` (at most `kept`), oldest first.
  const T* newest(size_t count) const { return room_.data() + end_ - count; }

  // As if nothing but `value` had ever come.
  void fill(T value) { std::fill(room_.begin(), room_.end(), value); }

  size_t kept() const { return kept_; }

 private:
  size_t kept_;
  std::vector<T> room_;
  size_t end_;
};

}  // namespace kefu
