// The newest values of a kind, in memory of a fixed size.
#pragma once

#include <array>
#include <cstddef>

namespace kefu {

// Allocates nothing.
template <typename T, size_t capacity>
class RingBuffer {
 public:
  bool empty() const { return count_ == 0; }
  bool full() const { return count_ == capacity; }
  size_t size() const { return count_; }

  // Places count from the oldest, and are below size().
  T& operator[](size_t place) { return values_[(first_ + place) % capacity]; }
  const T& operator[](size_t place) const { return values_[(first_ + place) % capacity]; }
  // Oldest and newest. Valid unless empty().
  T& front() { return values_[first_]; }
  const T& front() const { return values_[first_]; }
  T& back() { return (*this)[count_ - 1]; }
  const T& back() const { return (*this)[count_ - 1]; }

  // Where it is full the oldest gives way.
  void push(const T& value) {
    if (full()) pop();
    (*this)[count_++] = value;
  }
  // The oldest goes. Valid unless empty().
  void pop() {
    first_ = (first_ + 1) % capacity;
    --count_;
  }

 private:
  std::array<T, capacity> values_{};
  size_t first_ = 0;
  size_t count_ = 0;
};

}  // namespace kefu
