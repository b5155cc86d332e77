// Host and device pair and vote alike; 77 where no device is.
#include <cstdint>
#include <cstdio>
#include <random>
#include <vector>

#include "alignment.h"
#include "on_device.h"
#include "voting.h"

namespace {

using kefu::AlignedPair;
using kefu::cuda::AlignmentJob;
using kefu::test::OnDevice;

// Pairs of sequences of all lengths about the edges of bands, and empty ones.
int alignments() {
  constexpr int32_t kSymbols = 7;
  std::mt19937 random(1);
  std::vector<AlignmentJob> jobs;
  std::vector<int32_t> symbols;
  int64_t words = 0;
  int32_t pairs = 0;
  for (const int32_t rows : {0, 1, 10, 40, 63, 64, 65, 128, 200, 2048}) {
    for (const int32_t columns : {0, 1, 33, 64, 210}) {
      AlignmentJob job{};
      job.reference_begin = static_cast<int32_t>(symbols.size());
      job.reference_size = rows;
      job.hypothesis_begin = job.reference_begin + rows;
      job.hypothesis_size = columns;
      job.planes_begin = words;
      job.pairs_begin = pairs;
      for (int32_t i = 0; i < rows + columns; ++i) {
        symbols.push_back(static_cast<int32_t>(random() % kSymbols));
      }
      words += 2 * static_cast<int64_t>(kefu::band_count(static_cast<size_t>(rows))) * columns;
      pairs += rows + columns;
      jobs.push_back(job);
    }
  }
  OnDevice<AlignmentJob> device_jobs(jobs);
  OnDevice<int32_t> device_symbols(symbols);
  OnDevice<uint64_t> planes(std::vector<uint64_t>(static_cast<size_t>(words)));
  OnDevice<AlignedPair> device_pairs(std::vector<AlignedPair>(static_cast<size_t>(pairs)));
  OnDevice<int32_t> device_counts(std::vector<int32_t>(jobs.size()));
  OnDevice<int32_t> device_distances(std::vector<int32_t>(jobs.size()));
  kefu::cuda::align_batch(device_jobs.data(), jobs.size(), device_symbols.data(), planes.data(),
                          device_pairs.data(), device_counts.data(), device_distances.data(),
                          cudaStream_t{});
  const std::vector<AlignedPair> found = device_pairs.back();
  const std::vector<int32_t> counts = device_counts.back();
  const std::vector<int32_t> distances = device_distances.back();
  int wrong = 0;
  for (size_t i = 0; i < jobs.size(); ++i) {
    const kefu::Symbols reference{symbols.data() + jobs[i].reference_begin,
                                  static_cast<size_t>(jobs[i].reference_size)};
    const kefu::Symbols hypothesis{symbols.data() + jobs[i].hypothesis_begin,
                                   static_cast<size_t>(jobs[i].hypothesis_size)};
    const auto expected = kefu::align(reference, hypothesis, kSymbols);
    const auto first = found.begin() + jobs[i].pairs_begin;
    const bool same = std::vector<AlignedPair>(first, first + counts[i]) == expected &&
                      distances[i] == kefu::edit_distance(reference, hypothesis, kSymbols);
    if (same) continue;
    ++wrong;
    std::printf("alignment of %d and %d differs\n", jobs[i].reference_size,
                jobs[i].hypothesis_size);
  }
  return wrong;
}

int votes() {
  constexpr size_t kSlots = 1000;
  constexpr size_t kHypotheses = 10;
  std::mt19937 random(2);
  std::uniform_real_distribution<double> share(0.0, 1.0);
  std::vector<int32_t> places(kSlots * kHypotheses);
  std::vector<int32_t> symbols(places.size());
  std::vector<double> confidences(places.size());
  std::vector<double> shares(places.size());
  for (size_t i = 0; i < places.size(); ++i) {
    places[i] = random() % 4 == 0 ? -1 : static_cast<int32_t>(i);
    symbols[i] = static_cast<int32_t>(random() % 4);
    confidences[i] = share(random);
    shares[i] = share(random) / kHypotheses;
  }
  const kefu::VotingRule rule{0.2, 0.6};
  OnDevice<int32_t> device_places(places);
  OnDevice<int32_t> device_symbols(symbols);
  OnDevice<double> device_confidences(confidences);
  OnDevice<double> device_shares(shares);
  OnDevice<kefu::Choice> device_choices{std::vector<kefu::Choice>(kSlots)};
  kefu::cuda::vote_batch(device_places.data(), kSlots, kHypotheses, device_symbols.data(),
                         device_confidences.data(), device_shares.data(), rule,
                         device_choices.data(), cudaStream_t{});
  const std::vector<kefu::Choice> choices = device_choices.back();
  int wrong = 0;
  for (size_t slot = 0; slot < kSlots; ++slot) {
    const kefu::Choice expected =
        kefu::vote(places.data() + slot * kHypotheses, kHypotheses, symbols.data(),
                   confidences.data(), shares.data() + slot * kHypotheses, rule);
    const double off = choices[slot].confidence - expected.confidence;
    if (choices[slot].token == expected.token && off < 1e-5 && off > -1e-5) continue;
    ++wrong;
    std::printf("slot %zu: host %d, device %d\n", slot, expected.token, choices[slot].token);
  }
  return wrong;
}

}  // namespace

int main() {
  if (kefu::cuda::device_count() == 0) {
    std::puts("no device");
    return 77;
  }
  const int wrong = alignments() + votes();
  std::printf("%d differences\n", wrong);
  return wrong == 0 ? 0 : 1;
}
