// 1. One pass over code points, each classed by ranges that are ordered by how often they come: a
//    table of all of Unicode would be 1.1 MB and mostly empty.
#include "tokens.h"

#include <stdexcept>

namespace kefu {
namespace {

enum class Kind { kNothing, kLetter, kCharacter, kApostrophe, kMark };

bool within(uint32_t code, uint32_t first, uint32_t last) { return code >= first && code <= last; }

bool is_letter(uint32_t code) {
  if (code < 0x80) return within(code | 0x20, 'a', 'z') || within(code, '0', '9');
  if (within(code, 0xC0, 0x24F)) return code != 0xD7 && code != 0xF7;
  return within(code, 0x370, 0x373) || within(code, 0x386, 0x386) || within(code, 0x388, 0x481) ||
         within(code, 0x48A, 0x52F) || within(code, 0x1E00, 0x1FBC) ||
         within(code, 0xFF10, 0xFF19) || within(code, 0xFF21, 0xFF3A) ||
         within(code, 0xFF41, 0xFF5A) || code == 0xAA || code == 0xB5 || code == 0xBA;
}

bool is_character(uint32_t code) {
  return within(code, 0x4E00, 0x9FFF) || within(code, 0x3400, 0x4DBF) ||
         within(code, 0x3005, 0x3007) ||                                    // 々〆〇
         within(code, 0x3041, 0x30FA) || within(code, 0x3105, 0x312F) ||    // kana, Bopomofo
         within(code, 0xF900, 0xFAFF) || within(code, 0x20000, 0x3FFFD) ||  // rarer Chinese
         within(code, 0xAC00, 0xD7A3) || within(code, 0x1100, 0x11FF) ||    // Hangul
         within(code, 0xFF66, 0xFF9D) || within(code, 0x530, 0x1DBF);       // scripts between
}

Kind kind_of(uint32_t code) {
  if (is_letter(code)) return Kind::kLetter;
  if (code == '\'' || code == 0x2019) return Kind::kApostrophe;
  if (within(code, 0x300, 0x36F)) return Kind::kMark;
  return is_character(code) ? Kind::kCharacter : Kind::kNothing;
}

[[noreturn]] void refuse(std::string_view text, size_t at) {
  constexpr char kDigits[] = "0123456789abcdef";
  const auto byte = static_cast<uint8_t>(text[at]);
  throw std::invalid_argument(std::string("text: got byte 0x") + kDigits[byte >> 4] +
                              kDigits[byte & 15] + " at " + std::to_string(at) +
                              ", expected UTF-8");
}

struct Decoded {
  uint32_t code;
  size_t bytes;
};

Decoded decode(std::string_view text, size_t at) {
  const auto lead = static_cast<uint8_t>(text[at]);
  if (lead < 0x80) return {lead, 1};
  const size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (lead < 0xC2 || lead > 0xF4 || text.size() - at < bytes) refuse(text, at);
  uint32_t code = lead & (0x7FU >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<uint8_t>(text[at + i]);
    if ((next & 0xC0) != 0x80) refuse(text, at);
    code = code << 6 | (next & 0x3FU);
  }
  if (code < kLeast[bytes] || code > 0x10FFFF || within(code, 0xD800, 0xDFFF)) refuse(text, at);
  return {code, bytes};
}

uint32_t folded(uint32_t code) {
  if (within(code, 'A', 'Z')) return code + 32;
  if (code < 0x80) return code;
  if (within(code, 0xC0, 0xDE) && code != 0xD7) return code + 32;
  if (within(code, 0x391, 0x3A9) && code != 0x3A2) return code + 32;
  if (within(code, 0x410, 0x42F)) return code + 32;
  if (within(code, 0x400, 0x40F)) return code + 80;
  if (within(code, 0xFF10, 0xFF19)) return code - 0xFF10 + '0';
  if (within(code, 0xFF21, 0xFF3A)) return code - 0xFF21 + 'a';
  if (within(code, 0xFF41, 0xFF5A)) return code - 0xFF41 + 'a';
  return code == 0x2019 ? '\'' : code;
}

void append(uint32_t code, std::string& to) {
  if (code < 0x80) {
    to += static_cast<char>(code);
    return;
  }
  const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  to += static_cast<char>((0xF00U >> (more + 1) & 0xFFU) | code >> (6 * more));
  for (int i = more - 1; i >= 0; --i) to += static_cast<char>(0x80U | (code >> (6 * i) & 0x3FU));
}

}  // namespace

std::vector<Token> tokenize(std::string_view text) {
  if (text.size() > kMostTextBytes) {
    throw std::invalid_argument("text: got " + std::to_string(text.size()) +
                                " bytes, expected at most " + std::to_string(kMostTextBytes));
  }
  std::vector<Token> tokens;
  bool in_word = false;     // a letter or mark may go on with the last token
  bool apostrophe = false;  // after one: only a letter may
  for (size_t at = 0; at < text.size();) {
    const Decoded one = decode(text, at);
    const size_t end = at + one.bytes;
    const Kind kind = kind_of(one.code);
    if (kind == Kind::kLetter && in_word) {
      tokens.back().end = static_cast<uint32_t>(end);
      ++tokens.back().characters;
    } else if (kind == Kind::kMark && in_word && !apostrophe) {
      tokens.back().end = static_cast<uint32_t>(end);
    } else if (kind == Kind::kLetter || kind == Kind::kCharacter) {
      tokens.push_back(
          {static_cast<uint32_t>(at), static_cast<uint32_t>(end), 1, kind == Kind::kLetter});
    }
    const bool joins = kind == Kind::kApostrophe && in_word && !apostrophe;
    in_word = kind == Kind::kLetter || joins || (kind == Kind::kMark && in_word && !apostrophe);
    apostrophe = joins;
    at = end;
  }
  return tokens;
}

void append_folded(std::string_view text, const Token& token, std::string& to) {
  for (size_t at = token.begin; at < token.end;) {
    const Decoded one = decode(text, at);
    append(folded(one.code), to);
    at += one.bytes;
  }
}

}  // namespace kefu
