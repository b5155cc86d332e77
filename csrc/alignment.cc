// Versions, naive to fast; lengths 10 / 50 / 200, tenth of the symbols changed:
// 1. A table of int32, filled by rows and walked back: right, and the reference of the tests. At
//    10,000 symbols it takes 400 MB.
// 2. Two columns of costs, and of each cell two bits: may the way come by an insertion, by a
//    deletion. Nothing else is needed to walk back, since what is neither is diagonal. 25 MB.
// 3. Costs of 1 (what is asked nearly always): the two bits fall out of Myers' recurrence over
//    differences, 64 rows a step. Here.
// Bands are the outer loop, so that the table of equal rows is of one band and stays in the cache.
#include "alignment.h"

#include <algorithm>
#include <string>

#include "alignment_steps.h"
#include "argument.h"

namespace kefu {
namespace {

void check_size(size_t size, const char* name) {
  if (size <= kMostAlignedSymbols) return;
  refuse(name, std::to_string(size) + " symbols", "at most " + std::to_string(kMostAlignedSymbols));
}

void check(const Symbols& reference, const Symbols& hypothesis, const AlignmentCosts& costs) {
  check_size(reference.size, "reference");
  check_size(hypothesis.size, "hypothesis");
  checked("insertion", costs.insertion, 0, kMostAlignmentCost);
  checked("deletion", costs.deletion, 0, kMostAlignmentCost);
  checked("substitution", costs.substitution, 0, kMostAlignmentCost);
}

bool alike(const AlignmentCosts& costs) {
  return costs.insertion == 1 && costs.deletion == 1 && costs.substitution == 1;
}

// Calls seen(band, column, step, vertical) for every word of the table.
template <typename Seen>
void bit_parallel(const Symbols& rows, const Symbols& columns, size_t symbols, Seen seen) {
  std::vector<uint64_t> equal(symbols);
  std::vector<int8_t> above(columns.size, 1);
  for (size_t first = 0; first < rows.size; first += kBandRows) {
    const size_t end = std::min(rows.size, first + kBandRows);
    for (size_t row = first; row < end; ++row) {
      equal[static_cast<size_t>(rows.data[row])] |= uint64_t{1} << (row - first);
    }
    Band band;
    for (size_t column = 0; column < columns.size; ++column) {
      const uint64_t same = equal[static_cast<size_t>(columns.data[column])];
      const BandStep step = next_column(band, same, above[column]);
      above[column] = static_cast<int8_t>(difference(step, kBandRows - 1));
      seen(first / kBandRows, column, step, band.plus);
    }
    for (size_t row = first; row < end; ++row) equal[static_cast<size_t>(rows.data[row])] = 0;
  }
}

// Two sequences, as weighted_alignment asks for them.
class Cells {
 public:
  Cells(const Symbols& rows, const Symbols& columns, const AlignmentCosts& costs)
      : rows_(rows), columns_(columns), deletion_(costs.deletion) {}

  void enter(size_t column) { symbol_ = columns_.data[column]; }
  bool same(size_t row) const { return rows_.data[row] == symbol_; }
  int32_t deletion(size_t) const { return deletion_; }

 private:
  Symbols rows_;
  Symbols columns_;
  int32_t deletion_;
  int32_t symbol_ = -1;
};

template <typename Seen>
int32_t weighted(const Symbols& reference, const Symbols& hypothesis, const AlignmentCosts& costs,
                 Seen seen) {
  Cells cells(reference, hypothesis, costs);
  return weighted_alignment(reference.size, hypothesis.size, costs.insertion, costs.substitution,
                            cells, seen);
}

}  // namespace

std::vector<AlignedPair> align(const Symbols& reference, const Symbols& hypothesis, size_t symbols,
                               const AlignmentCosts& costs) {
  check(reference, hypothesis, costs);
  AlignmentSteps steps(reference.size, hypothesis.size);
  if (alike(costs)) {
    bit_parallel(reference, hypothesis, symbols,
                 [&](size_t band, size_t column, const BandStep& step, uint64_t vertical) {
                   steps.set(band, column, step.horizontal_plus, vertical);
                 });
  } else {
    weighted(reference, hypothesis, costs,
             [&](size_t band, size_t column, uint64_t inserts, uint64_t deletes) {
               steps.set(band, column, inserts, deletes);
             });
  }
  return steps.pairs();
}

int64_t edit_distance(const Symbols& reference, const Symbols& hypothesis, size_t symbols,
                      const AlignmentCosts& costs) {
  check(reference, hypothesis, costs);
  if (!alike(costs)) {
    return weighted(reference, hypothesis, costs, [](size_t, size_t, uint64_t, uint64_t) {});
  }
  int64_t distance = static_cast<int64_t>(reference.size);
  if (reference.size == 0) return static_cast<int64_t>(hypothesis.size);
  const size_t last = (reference.size - 1) / kBandRows;
  const size_t row = (reference.size - 1) % kBandRows;
  bit_parallel(reference, hypothesis, symbols,
               [&](size_t band, size_t, const BandStep& step, uint64_t) {
                 if (band == last) distance += difference(step, row);
               });
  return distance;
}

}  // namespace kefu
