// The newest samples of a stream, found by their numbers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace kefu {

// Allocates in its constructor only; a page of it is touched once the stream is so long.
class PcmRing {
 public:
  // `first`: number of the first sample that will come.
  PcmRing(size_t capacity, int64_t first)
      : capacity_(capacity), samples_(new int16_t[capacity]), first_(first), next_(first) {}

  int64_t next() const { return next_; }
  size_t capacity() const { return capacity_; }

  void push(const int16_t* pcm, size_t samples) {
    if (samples > capacity_) {
      const size_t beyond = samples - capacity_;
      next_ += static_cast<int64_t>(beyond);
      pcm += beyond;
      samples = capacity_;
    }
    const size_t head = std::min(samples, capacity_ - place(next_));
    std::copy_n(pcm, head, samples_.get() + place(next_));
    std::copy_n(pcm + head, samples - head, samples_.get());
    next_ += static_cast<int64_t>(samples);
  }

  void push_silence(size_t samples) {
    const size_t kept = std::min(samples, capacity_);
    next_ += static_cast<int64_t>(samples - kept);
    const size_t head = std::min(kept, capacity_ - place(next_));
    std::fill_n(samples_.get() + place(next_), head, int16_t{0});
    std::fill_n(samples_.get(), kept - head, int16_t{0});
    next_ += static_cast<int64_t>(kept);
  }

  // What lies in one piece from sample `from` on, before `end`; both are within the ring.
  const int16_t* piece(int64_t from, int64_t end, size_t& samples) const {
    samples = std::min(static_cast<size_t>(end - from), capacity_ - place(from));
    return samples_.get() + place(from);
  }

  // `from` to `end`, both within the ring.
  void copy(int64_t from, int64_t end, int16_t* pcm) const {
    while (from < end) {
      size_t samples = 0;
      const int16_t* const source = piece(from, end, samples);
      pcm = std::copy_n(source, samples, pcm);
      from += static_cast<int64_t>(samples);
    }
  }

 private:
  size_t place(int64_t sample) const { return static_cast<size_t>(sample - first_) % capacity_; }

  size_t capacity_;
  std::unique_ptr<int16_t[]> samples_;
  int64_t first_;
  int64_t next_;
};

}  // namespace kefu
