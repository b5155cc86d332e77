// How a bad argument is answered: std::invalid_argument `name: got X, expected Y`.
#pragma once

#include <cstdio>
#include <limits>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace kefu {

// As people write it: 0.5, not 0.500000.
template <typename Number>
std::string shown(Number value) {
  if constexpr (std::is_floating_point_v<Number>) {
    char text[32];
    const int digits = std::numeric_limits<Number>::digits10;
    std::snprintf(text, sizeof text, "%.*g", digits, static_cast<double>(value));
    return text;
  } else {
    return std::to_string(value);
  }
}

[[noreturn]] inline void refuse(const std::string& name, const std::string& got,
                                const std::string& expected) {
  throw std::invalid_argument(name + ": got " + got + ", expected " + expected);
}

template <typename Number, typename = std::enable_if_t<std::is_arithmetic_v<Number>>>
[[noreturn]] void refuse(const std::string& name, Number got, const std::string& expected) {
  refuse(name, shown(got), expected);
}

// Returns `value` where it is `least` to `most`, which NaN is not; else refuses it. Asks for no
// memory unless it does.
template <typename Number>
Number checked(const char* name, Number value, Number least, Number most) {
  if (value >= least && value <= most) return value;
  refuse(name, value, shown(least) + " to " + shown(most));
}

}  // namespace kefu
