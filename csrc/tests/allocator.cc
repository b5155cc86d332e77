#include "allocator.h"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<size_t> requests{0};
std::atomic<size_t> blocks{0};
std::atomic<size_t> failing{0};  // number of the request from which on all fail; 0: none

void* take(size_t size, size_t alignment) {
  const size_t number = ++requests;
  const size_t first_failing = failing;
  if (first_failing != 0 && number >= first_failing) throw std::bad_alloc();
  const size_t wanted = size == 0 ? 1 : size;
  void* const block =
      alignment <= alignof(std::max_align_t)
          ? std::malloc(wanted)
          : std::aligned_alloc(alignment, (wanted + alignment - 1) / alignment * alignment);
  if (block == nullptr) throw std::bad_alloc();
  ++blocks;
  return block;
}

void give_back(void* block) noexcept {
  if (block == nullptr) return;
  --blocks;
  std::free(block);
}

}  // namespace

namespace kefu::test {

size_t memory_requests() { return requests; }
size_t memory_blocks() { return blocks; }
void fail_at(size_t request) { failing = request == 0 ? 0 : requests + request; }

}  // namespace kefu::test

void* operator new(size_t size) { return take(size, 1); }
void* operator new[](size_t size) { return take(size, 1); }
void* operator new(size_t size, std::align_val_t alignment) {
  return take(size, static_cast<size_t>(alignment));
}
void* operator new[](size_t size, std::align_val_t alignment) {
  return take(size, static_cast<size_t>(alignment));
}
// std::stable_sort asks so for a buffer, and does without where it gets none.
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  try {
    return take(size, 1);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void operator delete(void* block) noexcept { give_back(block); }
void operator delete[](void* block) noexcept { give_back(block); }
void operator delete(void* block, size_t) noexcept { give_back(block); }
void operator delete[](void* block, size_t) noexcept { give_back(block); }
void operator delete(void* block, std::align_val_t) noexcept { give_back(block); }
void operator delete[](void* block, std::align_val_t) noexcept { give_back(block); }
void operator delete(void* block, size_t, std::align_val_t) noexcept { give_back(block); }
void operator delete[](void* block, size_t, std::align_val_t) noexcept { give_back(block); }
