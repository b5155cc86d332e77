// Text to tokens, as recognition is compared and voted: each Chinese character is one, and each
// run of letters, digits and apostrophes between them.
//
// Letters are Latin (with its accents), Greek, Cyrillic and full-width forms. Kana, Hangul,
// Bopomofo and other scripts written without spaces give a token a character. Punctuation, symbols
// and spaces part tokens and are none. Traditional and Simplified characters stay two characters:
// what a text is written in is mapped before it comes here. Unicode 15 blocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kefu {

constexpr size_t kMostTextBytes = size_t{1} << 20;

struct Token {
  uint32_t begin;       // in bytes of the text
  uint32_t end;         // just past it
  uint32_t characters;  // letters and digits in it; 1 where it is no word
  bool word;
};

// The tokens of UTF-8 text, in order.
// Throws std::invalid_argument: `text`: not UTF-8 (also surrogates, overlong forms), or longer than
// kMostTextBytes.
std::vector<Token> tokenize(std::string_view text);

// Appends a token as it is compared: lower case (ASCII, Latin-1, Greek, Cyrillic), full width made
// half, ’ made '. Accents stay.
void append_folded(std::string_view text, const Token& token, std::string& to);

}  // namespace kefu
