// The cheapest way to write one sequence of symbols as another: Levenshtein distance with costs,
// and the pairing behind it.
//
// Source: Wagner, Fischer (1974); bit-parallel for costs of 1: Myers (1999), in the blocks of
// Hyyrö (2003). Among pairings of one cost the one of kaldialign 0.12 is taken: walking back from
// the end, an insertion before a deletion, and either before a match or substitution.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cuda.h"
#include "host_device.h"

namespace kefu {

constexpr size_t kMostAlignedSymbols = 10'000;
constexpr int32_t kMostAlignmentCost = 100'000;

// Of one step, 0 to kMostAlignmentCost; an equal symbol costs nothing.
struct AlignmentCosts {
  int32_t insertion = 1;     // a symbol of the hypothesis alone
  int32_t deletion = 1;      // a symbol of the reference alone
  int32_t substitution = 1;  // one for another
};

// Positions of what stands side by side; -1: nothing does.
struct AlignedPair {
  int32_t reference;
  int32_t hypothesis;
};

inline bool operator==(const AlignedPair& a, const AlignedPair& b) {
  return a.reference == b.reference && a.hypothesis == b.hypothesis;
}

// A sequence of dense symbols (`intern.h`).
struct Symbols {
  const int32_t* data;
  size_t size;
};

// Every position of both once, in order. symbols: more than any number in either.
// Throws std::invalid_argument: `reference`, `hypothesis`: more than kMostAlignedSymbols;
// `insertion`, `deletion`, `substitution`: out of range.
std::vector<AlignedPair> align(const Symbols& reference, const Symbols& hypothesis, size_t symbols,
                               const AlignmentCosts& costs = {});

// Its cost alone. Throws as `align`.
int64_t edit_distance(const Symbols& reference, const Symbols& hypothesis, size_t symbols,
                      const AlignmentCosts& costs = {});

// 64 rows of one column of the table for costs of 1, as differences between neighbours.
struct Band {
  uint64_t plus = ~uint64_t{0};  // bit r: one more than in the row above
  uint64_t minus = 0;            // bit r: one less
};

// What a band gives to the band below and to the way back.
struct BandStep {
  uint64_t horizontal_plus;   // bit r: one more than in the column before
  uint64_t horizontal_minus;  // bit r: one less
};

// The next column of a band. equal: bit r where the symbol of row r is the column's. above: the
// horizontal difference, -1 to 1, in the row above the band (1 above the first).
KEFU_HD inline BandStep next_column(Band& band, uint64_t equal, int above) {
  const uint64_t vertical = equal | band.minus;
  if (above < 0) equal |= 1;
  const uint64_t diagonal = (((equal & band.plus) + band.plus) ^ band.plus) | equal;
  const uint64_t plus = band.minus | ~(diagonal | band.plus);
  const uint64_t minus = band.plus & diagonal;
  const uint64_t plus_below = plus << 1 | static_cast<uint64_t>(above > 0);
  const uint64_t minus_below = minus << 1 | static_cast<uint64_t>(above < 0);
  band.plus = minus_below | ~(vertical | plus_below);
  band.minus = plus_below & vertical;
  return {plus, minus};
}

// The difference in row `row` of a step: what the band below takes as `above` (row 63).
KEFU_HD inline int difference(const BandStep& step, size_t row) {
  return static_cast<int>(step.horizontal_plus >> row & 1) -
         static_cast<int>(step.horizontal_minus >> row & 1);
}

constexpr size_t kBandRows = 64;
KEFU_HD constexpr size_t band_count(size_t rows) { return (rows + kBandRows - 1) / kBandRows; }

// The way back from the end. insertion(row, column), deletion(row, column): whether the cheapest
// way to there may come by that step. Calls pair(row or -1, column or -1), last first.
template <typename Insertion, typename Deletion, typename Pair>
KEFU_HD inline void walk_back(size_t rows, size_t columns, Insertion insertion, Deletion deletion,
                              Pair pair) {
  size_t row = rows;
  size_t column = columns;
  while (row > 0 || column > 0) {
    if (row == 0 || (column > 0 && insertion(row - 1, column - 1))) {
      --column;
      pair(int32_t{-1}, static_cast<int32_t>(column));
    } else if (column == 0 || deletion(row - 1, column - 1)) {
      --row;
      pair(static_cast<int32_t>(row), int32_t{-1});
    } else {
      --row;
      --column;
      pair(static_cast<int32_t>(row), static_cast<int32_t>(column));
    }
  }
}

#ifdef KEFU_CUDA
// CUDA twin (KEFU_CUDA builds): many pairs at once, costs of 1, one warp a pair.
namespace cuda {

constexpr int32_t kMostDeviceRows = 32 * 64;

// One pair of sequences in the flat arrays of a batch.
struct AlignmentJob {
  int32_t reference_begin;
  int32_t reference_size;  // at most kMostDeviceRows
  int32_t hypothesis_begin;
  int32_t hypothesis_size;
  int64_t planes_begin;  // in words: 2 * band_count(reference_size) * hypothesis_size are used
  int32_t pairs_begin;   // reference_size + hypothesis_size are reserved
};

// jobs: (N,); symbols: flat; planes: scratch; pairs: flat, those of a job from pairs_begin on, in
// order; counts, distances: (N,). All are device pointers. Returns at once.
void align_batch(const AlignmentJob* jobs, size_t count, const int32_t* symbols, uint64_t* planes,
                 AlignedPair* pairs, int32_t* counts, int32_t* distances, cudaStream_t stream);

}  // namespace cuda
#endif

}  // namespace kefu
