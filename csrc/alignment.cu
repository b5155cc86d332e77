// Versions:
// 1. A block a pair, a thread a row, the table in shared memory along its anti-diagonals: one
//    cell a thread and step, and 2 × 200 words take 80 kB.
// 2. A warp a pair, a lane a band of 64 rows (Myers' recurrence, as on the host): lane k fills
//    column c at step k + c and hands the difference in its last row to lane k + 1. The steps of
//    the way back go to global memory, and lane 0 walks it. Here.
#include "alignment.h"

namespace kefu::cuda {
namespace {

constexpr unsigned kLanes = 32;
constexpr unsigned kWarps = 4;  // of a block

// Bit r where row r of the band has `symbol`.
__device__ uint64_t equal_rows(const int32_t* rows, int count, int32_t symbol) {
  uint64_t equal = 0;
  for (int row = 0; row < count; ++row) {
    equal |= static_cast<uint64_t>(rows[row] == symbol) << row;
  }
  return equal;
}

// Fills both planes of the job; returns, in every lane, the distance.
__device__ int fill(const AlignmentJob& job, const int32_t* symbols, uint64_t* insertion,
                    uint64_t* deletion, int lane) {
  constexpr int kRows = static_cast<int>(kBandRows);
  const int columns = job.hypothesis_size;
  const int bands = static_cast<int>(band_count(static_cast<size_t>(job.reference_size)));
  const int rows = min(kRows, job.reference_size - lane * kRows);
  const int32_t* const mine = symbols + job.reference_begin + lane * kRows;
  const int32_t* const hypothesis = symbols + job.hypothesis_begin;
  Band band;
  int handed = 1;
  int distance = bands == 0 ? columns : job.reference_size;
  for (int step = 0; step < columns + bands - 1; ++step) {
    const int from_above = __shfl_up_sync(0xFFFFFFFFU, handed, 1);
    const int column = step - lane;
    if (lane < bands && column >= 0 && column < columns) {
      const BandStep next =
          next_column(band, equal_rows(mine, rows, hypothesis[column]), lane == 0 ? 1 : from_above);
      handed = difference(next, kBandRows - 1);
      insertion[lane * columns + column] = next.horizontal_plus;
      deletion[lane * columns + column] = band.plus;
      if (lane == bands - 1) distance += difference(next, static_cast<size_t>(rows - 1));
    }
  }
  return __shfl_sync(0xFFFFFFFFU, distance, bands == 0 ? 0 : bands - 1);
}

__global__ void align_pairs(const AlignmentJob* jobs, size_t count, const int32_t* symbols,
                            uint64_t* planes, AlignedPair* pairs, int32_t* counts,
                            int32_t* distances) {
  const size_t which = static_cast<size_t>(blockIdx.x) * kWarps + threadIdx.x / kLanes;
  const int lane = static_cast<int>(threadIdx.x % kLanes);
  if (which >= count) return;  // the whole warp
  const AlignmentJob job = jobs[which];
  const auto rows = static_cast<size_t>(job.reference_size);
  const auto columns = static_cast<size_t>(job.hypothesis_size);
  uint64_t* const insertion = planes + job.planes_begin;
  uint64_t* const deletion = insertion + band_count(rows) * columns;
  const int distance = fill(job, symbols, insertion, deletion, lane);
  __syncwarp();
  if (lane != 0) return;
  const auto may = [columns](const uint64_t* plane) {
    return [plane, columns](size_t row, size_t column) {
      return (plane[row / kBandRows * columns + column] >> row % kBandRows & 1) != 0;
    };
  };
  AlignedPair* const found = pairs + job.pairs_begin;
  int32_t size = 0;
  walk_back(rows, columns, may(insertion), may(deletion),
            [&](int32_t row, int32_t column) { found[size++] = {row, column}; });
  for (int32_t i = 0, j = size - 1; i < j; ++i, --j) {
    const AlignedPair last = found[j];
    found[j] = found[i];
    found[i] = last;
  }
  counts[which] = size;
  distances[which] = distance;
}

}  // namespace

void align_batch(const AlignmentJob* jobs, size_t count, const int32_t* symbols, uint64_t* planes,
                 AlignedPair* pairs, int32_t* counts, int32_t* distances, cudaStream_t stream) {
  if (count == 0) return;
  const auto blocks = static_cast<unsigned>((count + kWarps - 1) / kWarps);
  align_pairs<<<blocks, kWarps * kLanes, 0, stream>>>(jobs, count, symbols, planes, pairs, counts,
                                                      distances);
  check(cudaGetLastError(), "align_batch");
}

}  // namespace kefu::cuda
