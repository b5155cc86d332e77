// Any bytes: tokens in order, apart, inside the text; each folds to one token that folds to itself.
#include "tokens.h"

#include <cstdlib>
#include <stdexcept>

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<kefu::Token> tokens;
  try {
    tokens = kefu::tokenize(text);
  } catch (const std::invalid_argument&) {
    return 0;
  }
  uint32_t before = 0;
  for (const kefu::Token& token : tokens) {
    require(token.begin >= before && token.begin < token.end && token.end <= size);
    require(token.characters >= 1 && token.characters <= token.end - token.begin);
    before = token.end;
    std::string folded;
    kefu::append_folded(text, token, folded);
    const std::vector<kefu::Token> again = kefu::tokenize(folded);
    require(again.size() == 1 && again[0].end == folded.size() && again[0].word == token.word);
    std::string twice;
    kefu::append_folded(folded, again[0], twice);
    require(twice == folded);
  }
  return 0;
}
