#include "asr_fusion.h"

#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "check.h"

namespace {

using kefu::EngineReadings;
using kefu::fuse_readings;
using kefu::FusedText;
using kefu::Reading;

EngineReadings engine(double weight, std::vector<Reading> readings) {
  return {weight, {}, std::move(readings)};
}

std::string fused(const std::vector<EngineReadings>& engines) {
  return fuse_readings(engines, {}).text;
}

KEFU_CASE(one_reading_is_the_answer) {
  const FusedText text =
      fuse_readings({engine(1.0, {{"我要查 order 的 status。", 1.0, {0.8}}})}, {});
  KEFU_EQUAL(text.text, "我要查 order 的 status。");
  KEFU_EQUAL(text.tokens.size(), 6U);
  KEFU_EQUAL(text.tokens[3].text, "order");
  KEFU_NEAR(text.confidence, 0.8, 1e-12);
  KEFU_EQUAL(text.agreement, 1.0);
  KEFU_EQUAL(text.characters, 15U);
  KEFU_EQUAL(text.contested, 0U);
}

KEFU_CASE(the_better_of_each_token_is_taken) {
  // The first hears English, the second Mandarin.
  const std::vector<EngineReadings> engines = {
      engine(0.5, {{"我要茶 order 的 Status", 1.0, {0.9, 0.9, 0.3, 0.9, 0.9, 0.9}}}),
      engine(0.5, {{"我要查哦的的", 1.0, {0.9, 0.9, 0.9, 0.2, 0.2, 0.2}}})};
  const FusedText text = fuse_readings(engines, {});
  KEFU_EQUAL(text.text, "我要查 order 的 Status");
  KEFU_CHECK(text.agreement < 0.6);
  KEFU_EQUAL(fused({engines[1], engines[0]}), text.text);
}

KEFU_CASE(spaces_stand_between_words_only) {
  KEFU_EQUAL(fused({engine(1.0, {{"我 要\t退 货", 1.0, {0.9}}})}), "我要退货");
  KEFU_EQUAL(fused({engine(1.0, {{" it is  3.5  now ", 1.0, {0.9}}})}), "it is 3.5 now");
  KEFU_EQUAL(fused({engine(0.5, {{"my order", 1.0, {0.9, 0.1}}}),
                    engine(0.5, {{"a status", 1.0, {0.1, 0.9}}})}),
             "my status");
}

KEFU_CASE(an_engine_that_did_not_answer_does_not_count) {
  const FusedText text = fuse_readings({engine(0.6, {}), engine(0.4, {{"退货", 1.0, {0.7}}})}, {});
  KEFU_EQUAL(text.text, "退货");
  KEFU_NEAR(text.confidence, 0.7, 1e-12);
  KEFU_EQUAL(fused({engine(0.6, {}), engine(0.4, {})}), "");
  KEFU_EQUAL(fused({}), "");
}

KEFU_CASE(posteriors_weigh_within_an_engine) {
  KEFU_EQUAL(fused({engine(1.0, {{"a b", 3.0, {0.9}}, {"a c", 2.0, {0.9}}, {"a c", 2.0, {0.9}}})}),
             "a c");
}

KEFU_CASE(confidences_are_calibrated_in_and_out) {
  kefu::FusionRule rule;
  rule.calibration = kefu::Calibration(std::vector<double>{0.0, 1.0}, {0.5, 0.75});
  EngineReadings one = engine(1.0, {{"好", 1.0, {0.2}}});
  one.calibration = kefu::Calibration(std::vector<double>{0.0, 1.0}, {0.4, 0.4});
  KEFU_NEAR(fuse_readings({one}, rule).confidence, 0.6, 1e-12);
}

KEFU_CASE(repetition_is_counted) {
  const FusedText text = fuse_readings({engine(1.0, {{"有脉子,有脉子,有脉子", 1.0, {0.9}}})}, {});
  KEFU_EQUAL(text.repeated_twice, 3U);
  KEFU_EQUAL(text.repeated_thrice, 3U);
}

KEFU_CASE(what_is_no_reading_is_refused) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  KEFU_THROWS(std::invalid_argument, fused({engine(0.0, {{"a", 1.0, {0.5}}})}));
  KEFU_THROWS(std::invalid_argument, fused({engine(nan, {{"a", 1.0, {0.5}}})}));
  KEFU_THROWS(std::invalid_argument, fused({engine(1.0, {{"a", 0.0, {0.5}}})}));
  KEFU_THROWS(std::invalid_argument, fused({engine(1.0, {{"a", nan, {0.5}}})}));
  KEFU_THROWS(std::invalid_argument, fused({engine(1.0, {{"a", 1.0, {nan}}})}));
  KEFU_THROWS(std::invalid_argument, fused({engine(1.0, {{"a b", 1.0, {0.1, 0.2, 0.3}}})}));
  KEFU_THROWS(std::invalid_argument, fused({engine(1.0, {{"a b", 1.0, {}}})}));
  KEFU_THROWS(std::invalid_argument, fused({engine(1.0, {{"\xED\xA0\x80", 1.0, {0.5}}})}));
  KEFU_THROWS(std::invalid_argument, fused(std::vector<EngineReadings>(17)));
  kefu::FusionRule rule;
  rule.voting.alpha = 1.5;
  KEFU_THROWS(std::invalid_argument, fuse_readings({}, rule));
}

KEFU_LONG_CASE(too_much_is_refused) {
  const std::vector<Reading> many(1001, Reading{"a", 1.0, {0.5}});
  KEFU_THROWS(std::invalid_argument, fused({engine(1.0, many)}));
  std::string words;
  for (size_t i = 0; i < 10'001; ++i) words += "a ";
  KEFU_THROWS(std::invalid_argument,
              fused({engine(1.0, {{words, 1.0, {0.5}}, {words, 1.0, {0.5}}})}));
}

}  // namespace
