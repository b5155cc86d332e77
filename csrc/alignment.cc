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
#include <stdexcept>
#include <string>

namespace kefu {
namespace {

void check_size(size_t size, const char* name) {
  if (size <= kMostAlignedSymbols) return;
  throw std::invalid_argument(std::string(name) + ": got " + std::to_string(size) +
                              " symbols, expected at most " + std::to_string(kMostAlignedSymbols));
}

void check_cost(int32_t cost, const char* name) {
  if (cost >= 0 && cost <= kMostAlignmentCost) return;
  throw std::invalid_argument(std::string(name) + ": got " + std::to_string(cost) +
                              ", expected 0 to " + std::to_string(kMostAlignmentCost));
}

void check(const Symbols& reference, const Symbols& hypothesis, const AlignmentCosts& costs) {
  check_size(reference.size, "reference");
  check_size(hypothesis.size, "hypothesis");
  check_cost(costs.insertion, "insertion");
  check_cost(costs.deletion, "deletion");
  check_cost(costs.substitution, "substitution");
}

bool alike(const AlignmentCosts& costs) {
  return costs.insertion == 1 && costs.deletion == 1 && costs.substitution == 1;
}

// Which steps may lead to a cell; of band b and column c the word at b * columns + c.
struct Steps {
  Steps(size_t rows, size_t columns_given)
      : columns(columns_given),
        insertion(band_count(rows) * columns),
        deletion(band_count(rows) * columns) {}

  bool get(const std::vector<uint64_t>& plane, size_t row, size_t column) const {
    return (plane[row / kBandRows * columns + column] >> row % kBandRows & 1) != 0;
  }

  size_t columns;
  std::vector<uint64_t> insertion;
  std::vector<uint64_t> deletion;
};

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

// Column by column, costs in one array; returns that of the last cell.
template <typename Seen>
int32_t weighted(const Symbols& rows, const Symbols& columns, const AlignmentCosts& costs,
                 Seen seen) {
  std::vector<int32_t> cost(rows.size + 1);
  for (size_t row = 1; row <= rows.size; ++row) cost[row] = cost[row - 1] + costs.deletion;
  for (size_t column = 0; column < columns.size; ++column) {
    int32_t corner = cost[0];
    cost[0] += costs.insertion;
    uint64_t inserts = 0;
    uint64_t deletes = 0;
    for (size_t row = 0; row < rows.size; ++row) {
      const bool same = rows.data[row] == columns.data[column];
      const int32_t across = corner + (same ? 0 : costs.substitution);
      const int32_t inserted = cost[row + 1] + costs.insertion;
      const int32_t deleted = cost[row] + costs.deletion;
      const int32_t best = std::min(across, std::min(inserted, deleted));
      inserts |= static_cast<uint64_t>(inserted == best) << row % kBandRows;
      deletes |= static_cast<uint64_t>(deleted == best) << row % kBandRows;
      corner = cost[row + 1];
      cost[row + 1] = best;
      if (row % kBandRows == kBandRows - 1 || row + 1 == rows.size) {
        seen(row / kBandRows, column, inserts, deletes);
        inserts = deletes = 0;
      }
    }
  }
  return cost[rows.size];
}

}  // namespace

std::vector<AlignedPair> align(const Symbols& reference, const Symbols& hypothesis, size_t symbols,
                               const AlignmentCosts& costs) {
  check(reference, hypothesis, costs);
  Steps steps(reference.size, hypothesis.size);
  if (alike(costs)) {
    bit_parallel(reference, hypothesis, symbols,
                 [&](size_t band, size_t column, const BandStep& step, uint64_t vertical) {
                   steps.insertion[band * steps.columns + column] = step.horizontal_plus;
                   steps.deletion[band * steps.columns + column] = vertical;
                 });
  } else {
    weighted(reference, hypothesis, costs,
             [&](size_t band, size_t column, uint64_t inserts, uint64_t deletes) {
               steps.insertion[band * steps.columns + column] = inserts;
               steps.deletion[band * steps.columns + column] = deletes;
             });
  }
  std::vector<AlignedPair> pairs;
  pairs.reserve(reference.size + hypothesis.size);
  walk_back(
      reference.size, hypothesis.size,
      [&](size_t row, size_t column) { return steps.get(steps.insertion, row, column); },
      [&](size_t row, size_t column) { return steps.get(steps.deletion, row, column); },
      [&](int32_t row, int32_t column) { pairs.push_back({row, column}); });
  std::reverse(pairs.begin(), pairs.end());
  return pairs;
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
