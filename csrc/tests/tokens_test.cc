#include "tokens.h"

#include <stdexcept>
#include <string>
#include <string_view>

#include "check.h"

namespace {

std::string shown(std::string_view text) {
  std::string all;
  for (const kefu::Token& token : kefu::tokenize(text)) {
    if (!all.empty()) all += '|';
    kefu::append_folded(text, token, all);
  }
  return all;
}

KEFU_CASE(characters_stand_alone_and_words_together) {
  KEFU_EQUAL(shown("我要查 order 的 Status"), "我|要|查|order|的|status");
  KEFU_EQUAL(shown("查order的status。"), "查|order|的|status");
  KEFU_EQUAL(shown("iPhone 15，两台"), "iphone|15|两|台");
  KEFU_EQUAL(shown("3.5%"), "3|5");
  KEFU_EQUAL(shown(""), "");
  KEFU_EQUAL(shown("。…!  \t\n"), "");
}

KEFU_CASE(an_apostrophe_joins_letters_only) {
  KEFU_EQUAL(shown("Don't 'you' rock'n'roll"), "don't|you|rock'n'roll");
  KEFU_EQUAL(shown("what’s up"), "what's|up");
  KEFU_EQUAL(shown("a''b dogs' 'tis"), "a|b|dogs|tis");
  KEFU_EQUAL(shown("我'm"), "我|m");
}

KEFU_CASE(case_and_width_are_folded) {
  KEFU_EQUAL(shown("ÀÉ ÜBER Ωμέγα ПРИВЕТ Ёж"), "àé|über|ωμέγα|привет|ёж");
  KEFU_EQUAL(shown("ＡＢＣ１２ｚ"), "abc12z");
  KEFU_EQUAL(shown("cafe\xCC\x81s"), "cafe\xCC\x81s");
  KEFU_EQUAL(shown("2×3÷4"), "2|3|4");
}

KEFU_CASE(scripts_without_spaces_give_a_token_a_character) {
  KEFU_EQUAL(shown("カナ한국ㄅ𠮷〇々"), "カ|ナ|한|국|ㄅ|𠮷|〇|々");
  KEFU_EQUAL(shown("订单 訂單"), "订|单|訂|單");
}

KEFU_CASE(tokens_say_where_they_stand) {
  const auto tokens = kefu::tokenize("我 don't");
  KEFU_EQUAL(tokens.size(), 2U);
  KEFU_EQUAL(tokens[0].begin, 0U);
  KEFU_EQUAL(tokens[0].end, 3U);
  KEFU_CHECK(!tokens[0].word);
  KEFU_EQUAL(tokens[0].characters, 1U);
  KEFU_EQUAL(tokens[1].begin, 4U);
  KEFU_EQUAL(tokens[1].end, 9U);
  KEFU_CHECK(tokens[1].word);
  KEFU_EQUAL(tokens[1].characters, 4U);
}

KEFU_CASE(what_is_no_utf8_is_refused) {
  for (const std::string_view bad :
       {"\xFF", "a\x80", "\xC0\x80", "\xC1\xBF", "\xE4\xB8", "\xE0\x9F\xBF", "\xED\xA0\x80",
        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE4\xB8\x2D", "\xC3"}) {
    KEFU_THROWS(std::invalid_argument, kefu::tokenize(bad));
  }
  KEFU_EQUAL(shown(std::string_view("a\0b", 3)), "a|b");
}

KEFU_CASE(what_is_too_long_is_refused) {
  const std::string most(kefu::kMostTextBytes, ' ');
  KEFU_EQUAL(kefu::tokenize(most).size(), 0U);
  KEFU_THROWS(std::invalid_argument, kefu::tokenize(most + " "));
}

}  // namespace
