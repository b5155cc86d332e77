// Against every path of short chains, and against a chain of sums in double for longer ones.
#include "crf.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <stdexcept>
#include <vector>

#include "check.h"

namespace {

using kefu::Crf;
using kefu::Emissions;
using kefu::Path;

constexpr float kNever = -HUGE_VALF;

struct Model {
  size_t tags;
  std::vector<float> transitions;
  std::vector<float> start;
  std::vector<float> end;

  Crf crf() const { return {tags, transitions.data(), start.data(), end.data()}; }

  double score(const float* emissions, const std::vector<size_t>& path) const {
    double sum = start[path.front()];
    for (size_t t = 0; t < path.size(); ++t) {
      sum += emissions[t * tags + path[t]];
      if (t > 0) sum += transitions[path[t - 1] * tags + path[t]];
    }
    return sum + end[path.back()];
  }
};

std::vector<float> drawn(std::mt19937& random, size_t count, float spread) {
  std::normal_distribution<float> normal(0.0f, spread);
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

Model model(std::mt19937& random, size_t tags, float spread = 1.0f) {
  return {tags, drawn(random, tags * tags, spread), drawn(random, tags, spread),
          drawn(random, tags, spread)};
}

// What the sums must be: over every path, in double.
struct Expected {
  double best = kNever;
  std::vector<size_t> best_path;
  double log_sum = 0;
  std::vector<double> marginals;
};

Expected by_all_paths(const Model& model, const float* emissions, size_t steps) {
  Expected expected;
  expected.marginals.assign(steps * model.tags, 0.0);
  std::vector<size_t> path(steps, 0);
  double sum = 0;
  while (true) {
    const double score = model.score(emissions, path);
    if (score > expected.best) {
      expected.best = score;
      expected.best_path = path;
    }
    const double share = std::exp(score);
    sum += share;
    for (size_t t = 0; t < steps; ++t) expected.marginals[t * model.tags + path[t]] += share;
    size_t t = 0;
    while (t < steps && ++path[t] == model.tags) path[t++] = 0;
    if (t == steps) break;
  }
  for (double& share : expected.marginals) share /= sum;
  expected.log_sum = std::log(sum);
  return expected;
}

void compare(const Model& model, const float* emissions, size_t steps) {
  const Expected expected = by_all_paths(model, emissions, steps);
  const Crf crf = model.crf();
  const Emissions given{emissions, 1, steps};
  for (const Path path : kefu::paths()) {
    std::vector<int32_t> tags(steps);
    double best = 0, sum = 0, likelihood = 0;
    crf.viterbi(given, tags.data(), &best, path);
    KEFU_CHECK(std::equal(tags.begin(), tags.end(), expected.best_path.begin()));
    KEFU_NEAR(best, expected.best, 1e-9);
    crf.log_partition(given, &sum, path);
    KEFU_NEAR(sum, expected.log_sum, 2e-6 * static_cast<double>(steps));
    crf.log_likelihood(given, tags.data(), &likelihood, path);
    KEFU_NEAR(likelihood, expected.best - expected.log_sum, 2e-6 * static_cast<double>(steps));
    std::vector<float> marginals(steps * model.tags);
    crf.marginals(given, marginals.data(), path);
    for (size_t i = 0; i < marginals.size(); ++i) {
      KEFU_NEAR(marginals[i], expected.marginals[i], 1e-5);
    }
  }
}

}  // namespace

KEFU_CASE(short_chains_are_as_all_their_paths_say) {
  std::mt19937 random(1);
  for (size_t tags = 1; tags <= 4; ++tags) {
    const Model drawn_model = model(random, tags);
    for (size_t steps = 1; steps <= 4; ++steps) {
      compare(drawn_model, drawn(random, steps * tags, 2.0f).data(), steps);
    }
  }
}

KEFU_CASE(two_steps_of_more_tags_than_lanes) {
  std::mt19937 random(2);
  for (const size_t tags : {8U, 9U, 23U, 41U}) {
    compare(model(random, tags), drawn(random, 2 * tags, 2.0f).data(), 2);
  }
}

KEFU_CASE(scores_far_apart_lose_nothing) {
  std::mt19937 random(3);
  for (int i = 0; i < 20; ++i) {
    Model far = model(random, 3, 60.0f);
    far.transitions[1] = -1e4f;
    far.transitions[5] = kNever;
    const std::vector<float> emissions = drawn(random, 9, 30.0f);
    const Expected expected = by_all_paths(far, emissions.data(), 3);
    if (!std::isfinite(expected.log_sum)) continue;
    double sum = 0;
    far.crf().log_partition({emissions.data(), 1, 3}, &sum);
    KEFU_NEAR(sum, expected.log_sum, 1e-6 * std::max(1.0, std::abs(expected.log_sum)));
  }
}

// Only one path is open, by -1e4 and by -inf: all the probability is on it.
KEFU_CASE(forbidden_transitions_are_never_taken) {
  for (const float forbidden : {-1e4f, kNever}) {
    Model ring{9, std::vector<float>(81, forbidden), std::vector<float>(9, forbidden),
               std::vector<float>(9, 0.0f)};
    ring.start[0] = 0.0f;
    for (size_t tag = 0; tag < 9; ++tag) ring.transitions[tag * 9 + (tag + 1) % 9] = 0.5f;
    const Crf crf = ring.crf();
    const std::vector<float> emissions(9 * 20, 1.0f);
    const Emissions given{emissions.data(), 1, 20};
    std::vector<int32_t> tags(20);
    std::vector<float> marginals(9 * 20);
    double score = 0, sum = 0;
    crf.viterbi(given, tags.data(), &score);
    crf.log_partition(given, &sum);
    crf.marginals(given, marginals.data());
    KEFU_NEAR(score, 20 + 19 * 0.5, 1e-9);
    KEFU_NEAR(sum, score, 1e-4);
    for (size_t t = 0; t < 20; ++t) {
      KEFU_EQUAL(tags[t], static_cast<int32_t>(t % 9));
      for (size_t tag = 0; tag < 9; ++tag) {
        KEFU_NEAR(marginals[t * 9 + tag], tag == t % 9 ? 1.0 : 0.0, 1e-6);
      }
    }
  }
}

KEFU_CASE(equal_scores_go_to_the_lowest_tag) {
  const size_t tags = 19;
  const std::vector<float> flat(tags * tags, 0.0f);
  const Crf crf(tags, flat.data(), flat.data(), flat.data());
  for (const Path on : kefu::paths()) {
    std::vector<int32_t> path(5, 7);
    double score = 1;
    crf.viterbi({flat.data(), 1, 5}, path.data(), &score, on);
    for (const int32_t tag : path) KEFU_EQUAL(tag, 0);
    KEFU_EQUAL(score, 0.0);
  }
}

KEFU_CASE(what_lies_beyond_a_length_changes_nothing) {
  std::mt19937 random(4);
  const size_t tags = 11;
  const Model drawn_model = model(random, tags);
  const Crf crf = drawn_model.crf();
  const std::vector<float> short_one = drawn(random, 3 * tags, 1.0f);
  std::vector<float> padded(2 * 5 * tags, NAN);
  std::copy(short_one.begin(), short_one.end(), padded.begin());
  std::copy(short_one.begin(), short_one.end(), padded.begin() + 5 * tags);
  const std::vector<int64_t> lengths{3, 2};
  const Emissions both{padded.data(), 2, 5, lengths.data()};
  std::vector<int32_t> alone(3), together(10);
  std::vector<double> score(1), scores(2), sum(1), sums(2);
  std::vector<float> marginal(3 * tags), marginals(10 * tags, 9.0f);
  const Emissions one{short_one.data(), 1, 3};
  crf.viterbi(one, alone.data(), score.data());
  crf.viterbi(both, together.data(), scores.data());
  KEFU_CHECK(std::equal(alone.begin(), alone.end(), together.begin()));
  KEFU_EQUAL(together[3], -1);
  KEFU_EQUAL(together[7], -1);
  KEFU_EQUAL(score[0], scores[0]);
  crf.log_partition(one, sum.data());
  crf.log_partition(both, sums.data());
  KEFU_EQUAL(sum[0], sums[0]);
  crf.marginals(one, marginal.data());
  crf.marginals(both, marginals.data());
  KEFU_CHECK(std::equal(marginal.begin(), marginal.end(), marginals.begin()));
  KEFU_EQUAL(marginals[3 * tags], 0.0f);
  KEFU_EQUAL(marginals[10 * tags - 1], 0.0f);
}

KEFU_CASE(paths_of_the_processor_agree) {
  std::mt19937 random(5);
  const size_t tags = 59, steps = 40;
  const Model drawn_model = model(random, tags, 3.0f);
  const Crf crf = drawn_model.crf();
  const std::vector<float> emissions = drawn(random, 2 * steps * tags, 3.0f);
  const Emissions given{emissions.data(), 2, steps};
  std::vector<int32_t> first(2 * steps), tags_found(2 * steps);
  std::vector<double> best(2), first_sums(2), sums(2);
  crf.viterbi(given, first.data(), best.data(), Path::kPortable);
  crf.log_partition(given, first_sums.data(), Path::kPortable);
  for (const Path path : kefu::paths()) {
    crf.viterbi(given, tags_found.data(), best.data(), path);
    KEFU_CHECK(tags_found == first);
    crf.log_partition(given, sums.data(), path);
    KEFU_NEAR(sums[0], first_sums[0], 1e-5);
    KEFU_NEAR(sums[1], first_sums[1], 1e-5);
  }
}

KEFU_CASE(what_is_no_chain_is_refused) {
  const std::vector<float> zeros(513 * 513, 0.0f);
  const float* const flat = zeros.data();
  KEFU_THROWS(std::invalid_argument, Crf(0, flat, flat, flat));
  KEFU_THROWS(std::invalid_argument, Crf(513, flat, flat, flat));
  for (const float bad : {NAN, HUGE_VALF, 3e38f}) {
    const std::vector<float> values(4, bad);
    KEFU_THROWS(std::invalid_argument, Crf(2, values.data(), flat, flat));
    KEFU_THROWS(std::invalid_argument, Crf(2, flat, values.data(), flat));
    KEFU_THROWS(std::invalid_argument, Crf(2, flat, flat, values.data()));
    double sum = 0;
    KEFU_THROWS(std::invalid_argument,
                Crf(2, flat, flat, flat).log_partition({values.data(), 1, 2}, &sum));
  }
}

KEFU_CASE(what_is_no_sequence_is_refused) {
  const std::vector<float> zeros(8, 0.0f), never(8, kNever);
  const Crf crf(2, zeros.data(), zeros.data(), zeros.data());
  std::vector<int32_t> path(4);
  std::vector<float> marginals(8);
  double sum = 0;
  for (const int64_t length : {int64_t{0}, int64_t{-1}, int64_t{5}}) {
    const Emissions given{zeros.data(), 1, 4, &length};
    KEFU_THROWS(std::invalid_argument, crf.viterbi(given, path.data(), &sum));
    KEFU_THROWS(std::invalid_argument, crf.marginals(given, marginals.data()));
  }
  const Emissions impossible{never.data(), 1, 4};
  KEFU_THROWS(std::invalid_argument, crf.viterbi(impossible, path.data(), &sum));
  KEFU_THROWS(std::invalid_argument, crf.log_partition(impossible, &sum));
  KEFU_THROWS(std::invalid_argument, crf.marginals(impossible, marginals.data()));
  for (const int32_t tag : {-1, 2}) {
    path = {0, tag, 0, 0};
    KEFU_THROWS(std::invalid_argument, crf.log_likelihood({zeros.data(), 1, 4}, path.data(), &sum));
  }
}
