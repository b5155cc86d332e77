# The CUDA twins: every csrc/*.cu, for KEFU_CUDA_ARCHITECTURES, with the runtime linked in, so that
# the module imports where no driver is. KEFU_CUDA: AUTO takes nvcc where it is found, ON demands it.
if(KEFU_CUDA STREQUAL "OFF")
  return()
endif()
include(CheckLanguage)
check_language(CUDA)
if(NOT CMAKE_CUDA_COMPILER)
  if(KEFU_CUDA STREQUAL "ON")
    message(FATAL_ERROR "KEFU_CUDA is ON and no nvcc was found: scripts/find-nvcc installs one")
  endif()
  return()
endif()

set(CMAKE_CUDA_STANDARD 17)
set(CMAKE_CUDA_STANDARD_REQUIRED ON)
set(CMAKE_CUDA_EXTENSIONS OFF)
set(CMAKE_CUDA_RUNTIME_LIBRARY Static)
set(CMAKE_CUDA_ARCHITECTURES ${KEFU_CUDA_ARCHITECTURES})
enable_language(CUDA)
if(CMAKE_CUDA_COMPILER_VERSION VERSION_LESS 12.0)
  message(FATAL_ERROR "nvcc ${CMAKE_CUDA_COMPILER_VERSION} is too old: 12.0 or later is needed")
endif()

file(GLOB KEFU_CUDA_KERNELS CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.cu)
target_sources(kefu_kernels PRIVATE ${KEFU_CUDA_KERNELS})
# -fmad=false: as -ffp-contract=off, products are rounded before they are added.
target_compile_options(kefu_kernels PRIVATE
  "$<$<COMPILE_LANGUAGE:CUDA>:-fmad=false;-lineinfo;--Werror=all-warnings;-Xcompiler=-Wall,-Wextra>")
# The target is older than the language: it took none of CMAKE_CUDA_… when it was made.
set_target_properties(kefu_kernels PROPERTIES
  CUDA_ARCHITECTURES "${KEFU_CUDA_ARCHITECTURES}" CUDA_STANDARD 17 CUDA_STANDARD_REQUIRED ON
  CUDA_EXTENSIONS OFF CUDA_RUNTIME_LIBRARY Static CUDA_SEPARABLE_COMPILATION OFF)
target_include_directories(kefu_kernels PUBLIC ${CMAKE_CUDA_TOOLKIT_INCLUDE_DIRECTORIES})
string(REPLACE ";" "," KEFU_CUDA_BUILT "${CMAKE_CUDA_ARCHITECTURES}")
target_compile_definitions(kefu_kernels PUBLIC
  KEFU_CUDA KEFU_CUDA_BUILT="${KEFU_CUDA_BUILT}" KEFU_NVCC="${CMAKE_CUDA_COMPILER_VERSION}")
