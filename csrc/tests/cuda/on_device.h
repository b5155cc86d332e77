// Device memory for as long as a parity test needs it.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <vector>

#include "cuda.h"

namespace kefu::test {

// Throws std::runtime_error.
template <typename T>
class OnDevice {
 public:
  // Zeros.
  explicit OnDevice(size_t count) : count_(count) {
    cuda::check(cudaMalloc(&memory_, count * sizeof(T)), "cudaMalloc");
    cuda::check(cudaMemset(memory_, 0, count * sizeof(T)), "cudaMemset");
  }
  OnDevice(const T* from, size_t count) : OnDevice(count) {
    cuda::check(cudaMemcpy(memory_, from, count * sizeof(T), cudaMemcpyHostToDevice),
                "cudaMemcpy to the device");
  }
  explicit OnDevice(const std::vector<T>& values) : OnDevice(values.data(), values.size()) {}
  ~OnDevice() { cudaFree(memory_); }
  OnDevice(const OnDevice&) = delete;
  OnDevice& operator=(const OnDevice&) = delete;

  T* data() const { return static_cast<T*>(memory_); }
  // After all work on the default stream.
  std::vector<T> back() const {
    std::vector<T> values(count_);
    cuda::check(cudaMemcpy(values.data(), memory_, count_ * sizeof(T), cudaMemcpyDeviceToHost),
                "cudaMemcpy from the device");
    return values;
  }

 private:
  size_t count_;
  void* memory_ = nullptr;
};

}  // namespace kefu::test
