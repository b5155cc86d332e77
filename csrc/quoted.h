// How a text stands in an error: its beginning, in whole characters.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kefu {

// At most `most` bytes of `text`, which is UTF-8; "..." behind where there is more. What no
// terminal shows, NUL among it, is a question mark.
inline std::string beginning(std::string_view text, size_t most) {
  size_t end = text.size() < most ? text.size() : most;
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
    --end;
  }
  std::string shown(text.substr(0, end));
  for (char& letter : shown) {
    if (static_cast<unsigned char>(letter) < 0x20) letter = '?';
  }
  return end < text.size() ? shown + "..." : shown;
}

// The same in quotes.
inline std::string quoted(std::string_view text) { return "'" + beginning(text, 32) + "'"; }

}  // namespace kefu
