// Which steps may lead to each cell of an alignment's table, two bits a cell, and the way to fill
// them for any costs.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "alignment.h"

namespace kefu {

// Of band b and column c the word at b * columns + c, of its row r the bit r.
struct AlignmentSteps {
  AlignmentSteps(size_t row_count, size_t column_count)
      : rows(row_count),
        columns(column_count),
        insertion(band_count(rows) * columns),
        deletion(band_count(rows) * columns) {}

  void set(size_t band, size_t column, uint64_t inserts, uint64_t deletes) {
    insertion[band * columns + column] = inserts;
    deletion[band * columns + column] = deletes;
  }

  // Pairs in order.
  std::vector<AlignedPair> pairs() const {
    std::vector<AlignedPair> found;
    found.reserve(rows + columns);
    const auto may = [this](const std::vector<uint64_t>& plane) {
      return [this, &plane](size_t row, size_t column) {
        return (plane[row / kBandRows * columns + column] >> row % kBandRows & 1) != 0;
      };
    };
    walk_back(rows, columns, may(insertion), may(deletion),
              [&](int32_t row, int32_t column) { found.push_back({row, column}); });
    std::reverse(found.begin(), found.end());
    return found;
  }

  size_t rows;
  size_t columns;
  std::vector<uint64_t> insertion;
  std::vector<uint64_t> deletion;
};

// Fills the table column by column, costs in one array; returns that of the last cell.
// cells.enter(column); cells.same(row): whether row and that column are alike; cells.deletion(row).
// seen(band, column, inserts, deletes) is called once a word of the table.
template <typename Cells, typename Seen>
int32_t weighted_alignment(size_t rows, size_t columns, int32_t insertion, int32_t substitution,
                           Cells& cells, Seen seen) {
  std::vector<int32_t> cost(rows + 1);
  for (size_t row = 0; row < rows; ++row) cost[row + 1] = cost[row] + cells.deletion(row);
  for (size_t column = 0; column < columns; ++column) {
    cells.enter(column);
    int32_t corner = cost[0];
    cost[0] += insertion;
    uint64_t inserts = 0;
    uint64_t deletes = 0;
    for (size_t row = 0; row < rows; ++row) {
      const int32_t across = corner + (cells.same(row) ? 0 : substitution);
      const int32_t inserted = cost[row + 1] + insertion;
      const int32_t deleted = cost[row] + cells.deletion(row);
      const int32_t best = std::min(across, std::min(inserted, deleted));
      inserts |= static_cast<uint64_t>(inserted == best) << row % kBandRows;
      deletes |= static_cast<uint64_t>(deleted == best) << row % kBandRows;
      corner = cost[row + 1];
      cost[row + 1] = best;
      if (row % kBandRows == kBandRows - 1 || row + 1 == rows) {
        seen(row / kBandRows, column, inserts, deletes);
        inserts = deletes = 0;
      }
    }
  }
  return cost[rows];
}

}  // namespace kefu
