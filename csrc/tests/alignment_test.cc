#include "alignment.h"

#include <algorithm>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "check.h"

namespace {

using kefu::AlignedPair;
using kefu::AlignmentCosts;
using kefu::Symbols;
using Sequence = std::vector<int32_t>;

constexpr size_t kSymbols = 64;

Symbols view(const Sequence& sequence) { return {sequence.data(), sequence.size()}; }

std::vector<AlignedPair> align(const Sequence& a, const Sequence& b,
                               const AlignmentCosts& costs = {}) {
  return kefu::align(view(a), view(b), kSymbols, costs);
}

int64_t distance(const Sequence& a, const Sequence& b, const AlignmentCosts& costs = {}) {
  return kefu::edit_distance(view(a), view(b), kSymbols, costs);
}

// The whole table, as in the textbook.
struct Table {
  Table(const Sequence& a, const Sequence& b, const AlignmentCosts& costs)
      : cost(a.size() + 1, std::vector<int64_t>(b.size() + 1)) {
    for (size_t m = 0; m <= a.size(); ++m) {
      for (size_t n = 0; n <= b.size(); ++n) {
        int64_t best = m == 0 && n == 0 ? 0 : INT64_MAX;
        if (m > 0) best = std::min(best, cost[m - 1][n] + costs.deletion);
        if (n > 0) best = std::min(best, cost[m][n - 1] + costs.insertion);
        if (m > 0 && n > 0) {
          best =
              std::min(best, cost[m - 1][n - 1] + (a[m - 1] == b[n - 1] ? 0 : costs.substitution));
        }
        cost[m][n] = best;
      }
    }
  }

  std::vector<std::vector<int64_t>> cost;
};

// The stated order among pairings of one cost: insertion, deletion, diagonal, from the end.
std::vector<AlignedPair> textbook(const Sequence& a, const Sequence& b,
                                  const AlignmentCosts& costs) {
  const Table table(a, b, costs);
  std::vector<AlignedPair> pairs;
  size_t m = a.size();
  size_t n = b.size();
  while (m > 0 || n > 0) {
    if (n > 0 && table.cost[m][n] == table.cost[m][n - 1] + costs.insertion) {
      pairs.push_back({-1, static_cast<int32_t>(--n)});
    } else if (m > 0 && table.cost[m][n] == table.cost[m - 1][n] + costs.deletion) {
      pairs.push_back({static_cast<int32_t>(--m), -1});
    } else {
      pairs.push_back({static_cast<int32_t>(--m), static_cast<int32_t>(--n)});
    }
  }
  std::reverse(pairs.begin(), pairs.end());
  return pairs;
}

int64_t cost_of(const std::vector<AlignedPair>& pairs, const Sequence& a, const Sequence& b,
                const AlignmentCosts& costs) {
  int64_t cost = 0;
  for (const AlignedPair& pair : pairs) {
    if (pair.reference < 0) {
      cost += costs.insertion;
    } else if (pair.hypothesis < 0) {
      cost += costs.deletion;
    } else if (a[static_cast<size_t>(pair.reference)] != b[static_cast<size_t>(pair.hypothesis)]) {
      cost += costs.substitution;
    }
  }
  return cost;
}

bool whole(const std::vector<AlignedPair>& pairs, size_t rows, size_t columns) {
  int32_t row = 0;
  int32_t column = 0;
  for (const AlignedPair& pair : pairs) {
    if (pair.reference < 0 && pair.hypothesis < 0) return false;
    if (pair.reference >= 0 && pair.reference != row++) return false;
    if (pair.hypothesis >= 0 && pair.hypothesis != column++) return false;
  }
  return row == static_cast<int32_t>(rows) && column == static_cast<int32_t>(columns);
}

Sequence random_sequence(std::mt19937& random, size_t size, int32_t symbols) {
  Sequence sequence(size);
  for (int32_t& symbol : sequence) symbol = static_cast<int32_t>(random() % uint32_t(symbols));
  return sequence;
}

// What recognition does: a fifth of the symbols replaced, left out or doubled.
Sequence misheard(std::mt19937& random, const Sequence& said, int32_t symbols) {
  Sequence heard;
  for (const int32_t symbol : said) {
    const auto fate = random() % 15;
    if (fate == 0) continue;
    heard.push_back(fate == 1 ? static_cast<int32_t>(random() % uint32_t(symbols)) : symbol);
    if (fate == 2) heard.push_back(symbol);
  }
  return heard;
}

void against_textbook(const Sequence& a, const Sequence& b, const AlignmentCosts& costs) {
  const std::vector<AlignedPair> pairs = align(a, b, costs);
  KEFU_CHECK(whole(pairs, a.size(), b.size()));
  KEFU_CHECK(pairs == textbook(a, b, costs));
  KEFU_EQUAL(distance(a, b, costs), Table(a, b, costs).cost[a.size()][b.size()]);
  KEFU_EQUAL(cost_of(pairs, a, b, costs), distance(a, b, costs));
}

KEFU_CASE(nothing_beside_something) {
  KEFU_CHECK(align({}, {}).empty());
  KEFU_CHECK((align({}, {1, 2}) == std::vector<AlignedPair>{{-1, 0}, {-1, 1}}));
  KEFU_CHECK((align({3}, {}) == std::vector<AlignedPair>{{0, -1}}));
  KEFU_EQUAL(distance({}, {1, 2}), 2);
  KEFU_EQUAL(distance({3}, {}), 1);
  KEFU_EQUAL(distance({}, {}), 0);
}

KEFU_CASE(an_insertion_stands_as_late_as_it_can) {
  KEFU_CHECK((align({7}, {7, 7}) == std::vector<AlignedPair>{{0, 0}, {-1, 1}}));
  KEFU_CHECK((align({7, 7}, {7}) == std::vector<AlignedPair>{{0, 0}, {1, -1}}));
  // Both orders of a deletion and an insertion cost the same: the insertion is the later.
  const AlignmentCosts dear{1, 1, 2};
  KEFU_CHECK((align({1}, {2}, dear) == std::vector<AlignedPair>{{0, -1}, {-1, 0}}));
}

KEFU_CASE(short_sequences_are_as_in_the_textbook) {
  std::mt19937 random(1);
  for (size_t round = 0; round < 4; ++round) {
    const Sequence a = random_sequence(random, random() % 9, 3);
    const Sequence b = random_sequence(random, random() % 9, 3);
    against_textbook(a, b, {});
    against_textbook(a, b, {3, 3, 4});
    against_textbook(a, b, {2, 5, 1});
    against_textbook(a, b, {0, 0, 1});
  }
}

KEFU_LONG_CASE(any_length_is_as_in_the_textbook) {
  std::mt19937 random(2);
  for (const size_t size : {1U, 31U, 63U, 64U, 65U, 127U, 128U, 129U, 200U, 300U}) {
    for (const int32_t symbols : {2, 5, 60}) {
      const Sequence a = random_sequence(random, size, symbols);
      against_textbook(a, misheard(random, a, symbols), {});
      against_textbook(misheard(random, a, symbols), a, {3, 3, 4});
      against_textbook(a, random_sequence(random, random() % 200, symbols), {});
    }
  }
}

KEFU_CASE(alike_costs_give_the_distance_of_either_direction) {
  std::mt19937 random(3);
  const Sequence a = random_sequence(random, 150, 20);
  const Sequence b = misheard(random, a, 20);
  KEFU_EQUAL(distance(a, b), distance(b, a));
  KEFU_EQUAL(distance(a, a), 0);
  KEFU_EQUAL(distance(a, b, {3, 3, 4}), distance(b, a, {3, 3, 4}));
  KEFU_EQUAL(distance(a, b, {2, 5, 4}), distance(b, a, {5, 2, 4}));
}

KEFU_CASE(what_is_too_long_or_dear_is_refused) {
  const Sequence longest(kefu::kMostAlignedSymbols + 1, 0);
  KEFU_THROWS(std::invalid_argument, align(longest, {}));
  KEFU_THROWS(std::invalid_argument, align({}, longest));
  KEFU_THROWS(std::invalid_argument, distance(longest, {1}));
  KEFU_THROWS(std::invalid_argument, align({1}, {2}, {-1, 1, 1}));
  KEFU_THROWS(std::invalid_argument, align({1}, {2}, {1, 100'001, 1}));
  KEFU_THROWS(std::invalid_argument, distance({1}, {2}, {1, 1, -5}));
}

KEFU_LONG_CASE(ten_thousand_symbols_of_the_greatest_cost_do_not_overflow) {
  const Sequence a(kefu::kMostAlignedSymbols, 1);
  const Sequence b(kefu::kMostAlignedSymbols, 2);
  KEFU_EQUAL(distance(a, b), 10'000);
  const Sequence few(10, 2);
  const AlignmentCosts dearest{100'000, 100'000, 100'000};
  KEFU_EQUAL(distance(a, few, dearest), int64_t{100'000} * 10'000);
}

}  // namespace
