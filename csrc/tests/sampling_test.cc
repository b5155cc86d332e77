// Against the definition: all scores sorted, probabilities in double.
#include "sampling.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <stdexcept>
#include <vector>

#include "check.h"

namespace {

using kefu::Path;
using kefu::Sampler;
using kefu::SamplingRule;

std::vector<float> drawn(unsigned seed, size_t count, float spread = 3.0f) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.0f, spread);
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

// (vocabulary,) probabilities by the rule's own words.
std::vector<double> expected(std::vector<float> scores, const std::vector<int32_t>& history,
                             const SamplingRule& rule) {
  std::vector<bool> said(scores.size());
  for (const int32_t token : history) {
    if (token < 0 || said[token]) continue;
    said[token] = true;
    scores[token] = scores[token] < 0 ? scores[token] * rule.repetition_penalty
                                      : scores[token] / rule.repetition_penalty;
  }
  for (float& score : scores) score /= rule.temperature;
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return scores[a] > scores[b]; });
  const auto k = static_cast<size_t>(rule.top_k);
  if (k > 0 && k < scores.size()) {
    const float least = scores[order[k - 1]];
    while (scores[order.back()] < least) order.pop_back();
  }
  std::vector<double> shares(scores.size());
  double whole = 0;
  for (const size_t token : order) {
    shares[token] = std::exp(static_cast<double>(scores[token]) - scores[order[0]]);
    whole += shares[token];
  }
  double before = 0, kept = 0;
  for (const size_t token : order) {
    const bool keep = rule.top_p >= 1 || before < rule.top_p * whole;
    before += shares[token];
    if (!keep) shares[token] = 0;
    kept += shares[token];
  }
  for (double& share : shares) share /= kept;
  return shares;
}

}  // namespace

// The known answers of the authors' Random123.
KEFU_CASE(philox_gives_the_known_answers) {
  const kefu::Philox zeros = kefu::philox(0, 0, 0);
  KEFU_EQUAL(zeros.word[0], 0x6627e8d5U);
  KEFU_EQUAL(zeros.word[1], 0xe169c58dU);
  KEFU_EQUAL(zeros.word[2], 0xbc57ac4cU);
  KEFU_EQUAL(zeros.word[3], 0x9b00dbd8U);
  const kefu::Philox ones = kefu::philox(~0ULL, ~0ULL, ~0ULL);
  KEFU_EQUAL(ones.word[0], 0x408f276dU);
  KEFU_EQUAL(ones.word[3], 0x6d5451fdU);
  const kefu::Philox pi =
      kefu::philox(0x299f31d0a4093822ULL, 0x85a308d3243f6a88ULL, 0x0370734413198a2eULL);
  KEFU_EQUAL(pi.word[0], 0xd16cfe09U);
  KEFU_EQUAL(pi.word[1], 0x94fdccebU);
  KEFU_EQUAL(pi.word[2], 0x5001e420U);
  KEFU_EQUAL(pi.word[3], 0x24126ea1U);
}

KEFU_CASE(weights_are_powers_of_e) {
  for (float below = 0; below > -27.9f; below -= 0.0137f) {
    const double exact = std::exp(static_cast<double>(below)) * 0x1p40;
    KEFU_NEAR(kefu::sampling_weight(below), exact, 1 + 4e-7 * exact);
  }
  KEFU_EQUAL(kefu::sampling_weight(-0.0f), 1ULL << 40);
  KEFU_EQUAL(kefu::sampling_weight(-28.0f), 0U);
  KEFU_EQUAL(kefu::sampling_weight(-HUGE_VALF), 0U);
}

KEFU_CASE(draws_lie_evenly_below_the_whole) {
  const uint64_t whole = (1ULL << 62) + 12345;
  double sum = 0;
  for (uint64_t step = 0; step < 4000; ++step) {
    const uint64_t drawn = kefu::sampling_draw(7, 3, step, whole);
    KEFU_CHECK(drawn < whole);
    KEFU_EQUAL(kefu::sampling_draw(7, 3, step, 1), 0U);
    sum += static_cast<double>(drawn) / static_cast<double>(whole);
  }
  KEFU_NEAR(sum / 4000, 0.5, 0.02);
}

KEFU_CASE(what_is_kept_is_what_the_rule_says) {
  const std::vector<int32_t> history{3, 1, 3, -1, 60};
  for (const size_t size : {size_t{61}, size_t{1000}}) {
    const std::vector<float> logits = drawn(static_cast<unsigned>(size), size);
    Sampler sampler(size);
    std::vector<float> shares(size);
    for (const int64_t top_k : {0, 1, 5, 50, 1000}) {
      for (const double top_p : {1.0, 0.9, 0.3, 1e-9}) {
        const SamplingRule rule{0.8f, top_k, top_p, 1.2f};
        const std::vector<double> exact = expected(logits, history, rule);
        for (const Path path : kefu::paths()) {
          sampler.choose(logits.data(), history.data(), history.size(), rule, path);
          sampler.probabilities(shares.data());
          for (size_t i = 0; i < size; ++i) {
            KEFU_NEAR(shares[i], exact[i], 1e-6);
            if (exact[i] > 1e-11) KEFU_EQUAL(shares[i] > 0, exact[i] > 0);
          }
        }
      }
    }
  }
}

KEFU_CASE(the_same_token_on_every_path_and_no_allocation) {
  const std::vector<float> logits = drawn(2, 5003);
  Sampler sampler(logits.size());
  for (const SamplingRule rule : {SamplingRule{0.8f, 50, 0.9, 1.2f}, SamplingRule{1, 0, 1, 1}}) {
    for (uint64_t step = 0; step < 20; ++step) {
      sampler.choose(logits.data(), nullptr, 0, rule, Path::kPortable);
      const int32_t first = sampler.draw(1, 2, step).number;
      for (const Path path : kefu::paths()) {
        KEFU_NO_ALLOCATION(sampler.choose(logits.data(), nullptr, 0, rule, path));
        KEFU_EQUAL(sampler.draw(1, 2, step).number, first);
      }
    }
  }
}

KEFU_CASE(equal_logits_all_stay_and_the_lowest_come_first) {
  const std::vector<float> flat(100, 2.0f);
  Sampler sampler(100);
  std::vector<float> shares(100);
  sampler.choose(flat.data(), nullptr, 0, {1.0f, 5, 1.0, 1.0f});
  sampler.probabilities(shares.data());
  KEFU_EQUAL(std::count(shares.begin(), shares.end(), 0.01f), 100);
  sampler.choose(flat.data(), nullptr, 0, {1.0f, 5, 0.25, 1.0f});
  sampler.probabilities(shares.data());
  for (size_t i = 0; i < 100; ++i) KEFU_NEAR(shares[i], i < 25 ? 0.04 : 0.0, 1e-6);
  sampler.choose(flat.data(), nullptr, 0, {0.0f, 5, 0.25, 1.0f});
  KEFU_EQUAL(sampler.draw(1, 2, 3).number, 0);
  KEFU_EQUAL(sampler.draw(1, 2, 3).log_probability, 0.0);
}

KEFU_CASE(a_repeated_token_loses_the_lead) {
  const std::vector<float> logits{1.0f, 1.1f, -3.0f};
  const std::vector<int32_t> history{1};
  Sampler sampler(3);
  sampler.choose(logits.data(), history.data(), 1, {0.0f, 0, 1.0, 1.2f});
  KEFU_EQUAL(sampler.draw(0, 0, 0).number, 0);
  sampler.choose(logits.data(), nullptr, 0, {0.0f, 0, 1.0, 1.2f});
  KEFU_EQUAL(sampler.draw(0, 0, 0).number, 1);
}

KEFU_CASE(masked_tokens_are_never_drawn) {
  std::vector<float> logits(300, -HUGE_VALF);
  logits[17] = -5.0f;
  logits[250] = -5.0f;
  Sampler sampler(300);
  for (uint64_t step = 0; step < 50; ++step) {
    sampler.choose(logits.data(), nullptr, 0, {1.0f, 50, 0.99, 1.0f});
    const int32_t token = sampler.draw(3, 0, step).number;
    KEFU_CHECK(token == 17 || token == 250);
  }
}

KEFU_CASE(softmax_is_as_in_double) {
  const std::vector<float> logits = drawn(9, 2 * 37, 10.0f);
  std::vector<float> shares(logits.size());
  for (const Path path : kefu::paths()) {
    kefu::softmax(logits.data(), 2, 37, shares.data(), path);
    for (size_t row = 0; row < 2; ++row) {
      double whole = 0;
      for (size_t i = 0; i < 37; ++i) whole += std::exp(double{logits[row * 37 + i]});
      for (size_t i = 0; i < 37; ++i) {
        const double exact = std::exp(double{logits[row * 37 + i]}) / whole;
        KEFU_NEAR(shares[row * 37 + i], exact, 5e-6 * exact + 1e-30);
      }
    }
  }
}

KEFU_CASE(length_penalty_is_that_of_gnmt) {
  KEFU_NEAR(kefu::length_penalty(1, 0.6), 1.0, 1e-12);
  KEFU_NEAR(kefu::length_penalty(7, 1.0), 2.0, 1e-12);
  KEFU_NEAR(kefu::length_penalty(100, 0.0), 1.0, 1e-12);
}

KEFU_CASE(what_cannot_be_drawn_from_is_refused) {
  Sampler sampler(4);
  const SamplingRule rule{1.0f, 0, 1.0, 1.2f};
  for (const float bad : {NAN, -NAN, HUGE_VALF, 2e30f}) {
    const std::vector<float> logits{0.0f, 0.0f, bad, 0.0f};
    KEFU_THROWS(std::invalid_argument, sampler.choose(logits.data(), nullptr, 0, rule));
  }
  const std::vector<float> never(4, -HUGE_VALF), fine(4, 0.0f);
  const std::vector<int32_t> beyond{4};
  KEFU_THROWS(std::invalid_argument, sampler.choose(never.data(), nullptr, 0, rule));
  KEFU_THROWS(std::invalid_argument, sampler.choose(fine.data(), beyond.data(), 1, rule));
  KEFU_THROWS(std::invalid_argument, Sampler(0));
  KEFU_THROWS(std::invalid_argument, Sampler((size_t{1} << 22) + 1));
}
