#include "emotion_fusion.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <vector>

#include "check.h"

namespace {

using kefu::kEmotions;

using Rule = kefu::EmotionFusionRule<double>;
using Row = std::array<double, kEmotions>;

// angry, calm, disgust, fearful, happy, neutral, sad, surprised
Rule document() {
  Rule rule;
  for (auto& row : rule.rows) row = rule.document_base;
  rule.rows[0] = {0.7, 0.3};
  rule.rows[4] = {0.55, 0.45};
  rule.rows[5] = {0.4, 0.6};
  rule.rows[6] = {0.65, 0.35};
  return rule;
}

struct Fused {
  Row scores;
  std::array<double, 2> weights;
  double confidence;
};

Fused fused(const Row& voice, const Row& text, std::array<double, 2> confidence = {0.5, 0.5},
            const Rule& rule = document(), std::array<uint8_t, 2> present = {1, 1},
            std::array<double, 2> trust = {1.0, 1.0}) {
  Fused all{};
  kefu::fuse_emotions(rule, 1, voice.data(), text.data(), confidence.data(), trust.data(),
                      present.data(), all.scores.data(), all.weights.data(), &all.confidence);
  return all;
}

Row leaning(size_t to, double by) {
  Row row;
  row.fill((1.0 - by) / (kEmotions - 1));
  row[to] = by;
  return row;
}

Row random_row(std::mt19937& random) {
  std::uniform_real_distribution<double> share(0.01, 1.0);
  Row row;
  double total = 0.0;
  for (double& value : row) total += value = share(random);
  for (double& value : row) value /= total;
  return row;
}

KEFU_CASE(rows_of_the_document_and_the_base_for_the_rest) {
  const Rule rule = document();
  const double expected[kEmotions] = {0.7, 0.6, 0.6, 0.6, 0.55, 0.4, 0.65, 0.6};
  for (size_t i = 0; i < kEmotions; ++i) {
    const auto own = kefu::emotion_weights(rule.rows[i], rule, 0.5, 0.5);
    KEFU_NEAR(own.voice, expected[i], 1e-12);
    KEFU_NEAR(own.text, 1.0 - expected[i], 1e-12);
  }
}

KEFU_CASE(a_confidence_above_three_quarters_counts_a_fifth_more) {
  const Rule rule = document();
  KEFU_NEAR(kefu::emotion_weights(rule.rows[4], rule, 0.5, 0.76).text,
            0.45 * 1.2 / (0.55 + 0.45 * 1.2), 1e-12);
  KEFU_NEAR(kefu::emotion_weights(rule.rows[4], rule, 0.5, 0.75).text, 0.45, 1e-12);
  KEFU_NEAR(kefu::emotion_weights(rule.rows[4], rule, 0.9, 0.9).text, 0.45, 1e-12);
}

KEFU_CASE(a_base_that_is_moved_moves_every_row) {
  Rule moved = document();
  moved.base = {0.6 * 1.1, 0.4 * 0.9};
  const Rule rule = document();
  for (size_t i = 0; i < kEmotions; ++i) {
    const auto before = kefu::emotion_weights(rule.rows[i], rule, 0.5, 0.5);
    const auto after = kefu::emotion_weights(moved.rows[i], moved, 0.5, 0.5);
    KEFU_NEAR(after.voice / after.text / (before.voice / before.text), 1.1 / 0.9, 1e-12);
  }
}

KEFU_CASE(two_posteriors_by_hand) {
  const Fused all = fused(leaning(0, 0.65), leaning(5, 0.3));
  Row expected{};
  double total = 0.0;
  const double voice[kEmotions] = {0.7, 0.6, 0.6, 0.6, 0.55, 0.4, 0.65, 0.6};
  for (size_t i = 0; i < kEmotions; ++i) {
    expected[i] = voice[i] * (i == 0 ? 0.65 : 0.05) + (1.0 - voice[i]) * (i == 5 ? 0.3 : 0.1);
    total += expected[i];
  }
  for (size_t i = 0; i < kEmotions; ++i) KEFU_NEAR(all.scores[i], expected[i] / total, 1e-12);
  KEFU_NEAR(all.confidence, all.scores[0], 1e-12);
  KEFU_NEAR(all.weights[0], 0.7, 1e-12);
}

KEFU_CASE(a_language_that_is_trusted_less_lowers_the_confidence_alone) {
  const Row voice = leaning(0, 0.5);
  const Row text = leaning(0, 0.6);
  const Fused whole = fused(voice, text);
  const Fused less = fused(voice, text, {0.5, 0.5}, document(), {1, 1}, {1.0, 0.7});
  KEFU_CHECK(whole.scores == less.scores);
  KEFU_CHECK(less.confidence < whole.confidence);
}

KEFU_CASE(one_alone_is_copied_and_none_is_nothing) {
  std::mt19937 random(1);
  const Row voice = random_row(random);
  Row text;
  text.fill(std::nan(""));  // not read
  const Fused alone = fused(voice, text, {0.9, std::nan("")}, document(), {1, 0}, {1.0, 5.0});
  KEFU_CHECK(alone.scores == voice);
  KEFU_EQUAL(alone.weights[0], 1.0);
  KEFU_EQUAL(alone.weights[1], 0.0);
  KEFU_EQUAL(alone.confidence, voice[kefu::most_likely(voice.data())]);
  const Fused other = fused(text, voice, {9.0, 0.9}, document(), {0, 1}, {1.0, 0.5});
  KEFU_CHECK(other.scores == voice);
  KEFU_EQUAL(other.confidence, 0.5 * alone.confidence);
  const Fused none = fused(text, text, {0.5, 0.5}, document(), {0, 0});
  KEFU_CHECK(none.scores == Row{});
  KEFU_EQUAL(none.confidence, 0.0);
}

KEFU_CASE(a_distribution_between_its_two_and_more_evidence_never_lowers_it) {
  std::mt19937 random(2);
  for (int i = 0; i < 200; ++i) {
    const Row voice = random_row(random);
    const Row text = random_row(random);
    const Fused all = fused(voice, text);
    double total = 0.0;
    for (const double score : all.scores) total += score;
    KEFU_NEAR(total, 1.0, 1e-12);
    const size_t place = random() % kEmotions;
    Row more = voice;
    for (double& value : more) value *= 0.7;
    more[place] += 0.3;
    KEFU_CHECK(fused(more, text).scores[place] >= all.scores[place] - 1e-12);
    KEFU_CHECK(fused(voice, voice).scores[place] <= voice[place] + 1e-12);
  }
}

KEFU_CASE(calls_do_not_see_each_other) {
  std::mt19937 random(3);
  constexpr size_t calls = 37;
  std::vector<double> voice;
  std::vector<double> text;
  for (size_t i = 0; i < calls; ++i) {
    for (const double value : random_row(random)) voice.push_back(value);
    for (const double value : random_row(random)) text.push_back(value);
  }
  const std::vector<double> confidence(2 * calls, 0.6);
  const std::vector<double> trust(2 * calls, 1.0);
  const std::vector<uint8_t> present(2 * calls, 1);
  std::vector<double> scores(calls * kEmotions);
  std::vector<double> weights(2 * calls);
  std::vector<double> sure(calls);
  kefu::fuse_emotions(document(), calls, voice.data(), text.data(), confidence.data(), trust.data(),
                      present.data(), scores.data(), weights.data(), sure.data());
  for (size_t i = 0; i < calls; ++i) {
    Row one;
    Row other;
    for (size_t k = 0; k < kEmotions; ++k) {
      one[k] = voice[i * kEmotions + k];
      other[k] = text[i * kEmotions + k];
    }
    const Fused alone = fused(one, other, {0.6, 0.6});
    for (size_t k = 0; k < kEmotions; ++k) KEFU_EQUAL(scores[i * kEmotions + k], alone.scores[k]);
    KEFU_EQUAL(sure[i], alone.confidence);
  }
}

KEFU_CASE(floats_are_doubles_within_1e_5) {
  std::mt19937 random(4);
  for (int i = 0; i < 50; ++i) {
    const Row voice = random_row(random);
    const Row text = random_row(random);
    std::array<float, kEmotions> one{};
    std::array<float, kEmotions> other{};
    for (size_t k = 0; k < kEmotions; ++k) {
      one[k] = static_cast<float>(voice[k]);
      other[k] = static_cast<float>(text[k]);
    }
    const Rule rule = document();
    kefu::EmotionFusionRule<float> same;
    for (size_t k = 0; k < kEmotions; ++k) {
      same.rows[k] = {static_cast<float>(rule.rows[k].voice),
                      static_cast<float>(rule.rows[k].text)};
    }
    const float half[2] = {0.5F, 0.5F};
    const uint8_t present[2] = {1, 1};
    std::array<float, kEmotions> scores{};
    float weights[2];
    float sure = 0.0F;
    kefu::fuse_emotions(same, 1, one.data(), other.data(), half, half, present, scores.data(),
                        weights, &sure);
    const Fused all = fused(voice, text, {0.5, 0.5}, rule, {1, 1}, {0.5, 0.5});
    for (size_t k = 0; k < kEmotions; ++k) KEFU_NEAR(scores[k], all.scores[k], 1e-5);
    KEFU_NEAR(sure, all.confidence, 1e-5);
  }
}

KEFU_CASE(class_weights_act_before_the_choice_and_leave_a_distribution) {
  const Row posterior = leaning(5, 0.45);
  const Row weights{1.2, 0.8, 1.0, 1.1, 0.9, 0.7, 1.3, 1.0};
  Row weighed{};
  kefu::weigh_emotions(1, posterior.data(), weights.data(), weighed.data());
  double total = 0.0;
  for (size_t i = 0; i < kEmotions; ++i) total += posterior[i] * weights[i];
  for (size_t i = 0; i < kEmotions; ++i) {
    KEFU_NEAR(weighed[i], posterior[i] * weights[i] / total, 1e-12);
  }
}

KEFU_CASE(what_is_no_posterior_is_refused_and_nothing_is_written) {
  const Row good = leaning(0, 0.5);
  for (const double bad : {std::nan(""), -0.1, HUGE_VAL, 0.9}) {
    Row voice = good;
    voice[3] = bad;
    KEFU_THROWS(std::invalid_argument, fused(voice, good));
    KEFU_THROWS(std::invalid_argument, fused(good, voice));
  }
  for (const double bad : {std::nan(""), -0.1, 1.1}) {
    KEFU_THROWS(std::invalid_argument, fused(good, good, {bad, 0.5}));
    KEFU_THROWS(std::invalid_argument,
                fused(good, good, {0.5, 0.5}, document(), {1, 1}, {1.0, bad}));
  }
  for (const double bad : {std::nan(""), 0.0, -1.0, HUGE_VAL}) {
    Rule rule = document();
    rule.rows[2].text = bad;
    KEFU_THROWS(std::invalid_argument, fused(good, good, {0.5, 0.5}, rule));
    rule = document();
    rule.base.voice = bad;
    KEFU_THROWS(std::invalid_argument, fused(good, good, {0.5, 0.5}, rule));
    rule = document();
    rule.sure_factor = bad;
    KEFU_THROWS(std::invalid_argument, fused(good, good, {0.5, 0.5}, rule));
  }
  Row out;
  out.fill(7.0);
  const Row nothing{};
  const Row untouched = out;
  KEFU_THROWS(std::invalid_argument,
              kefu::weigh_emotions(1, nothing.data(), good.data(), out.data()));
  KEFU_THROWS(std::invalid_argument,
              kefu::weigh_emotions(1, good.data(), nothing.data(), out.data()));
  KEFU_CHECK(out == untouched);
}

KEFU_CASE(fusing_asks_for_no_memory) {
  const Row voice = leaning(0, 0.5);
  KEFU_NO_ALLOCATION(fused(voice, voice));
}

}  // namespace
