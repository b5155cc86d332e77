// KEFU_HD marks arithmetic that the host and, under nvcc, the device compile from one text.
#pragma once

#ifdef __CUDACC__
#define KEFU_HD __host__ __device__
#else
#define KEFU_HD
#endif
