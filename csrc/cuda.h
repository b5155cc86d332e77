// The device, as the CUDA twins see it. The twins take device pointers and a stream, launch, and
// return: they neither allocate nor synchronise. What they launch is checked by `check`.
#pragma once

#ifdef KEFU_CUDA

#include <cuda_runtime_api.h>

#include <stdexcept>
#include <string>

namespace kefu::cuda {

// Throws std::runtime_error with the name of what failed and the runtime's own words.
inline void check(cudaError_t status, const char* what) {
  if (status == cudaSuccess) return;
  throw std::runtime_error(std::string(what) + ": " + cudaGetErrorString(status));
}

// Devices that this process may use; 0 where there is no driver.
inline int device_count() {
  int count = 0;
  return cudaGetDeviceCount(&count) == cudaSuccess ? count : 0;
}

}  // namespace kefu::cuda

#endif  // KEFU_CUDA
