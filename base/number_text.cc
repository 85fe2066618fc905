#include "base/number_text.h"

#include <array>
#include <charconv>
#include <cstdio>

namespace unmask {

std::string number_text(double value) {
  std::array<char, 40> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return {buffer.data(), end};
}

std::string number_text(const std::optional<double>& value) { return value ? number_text(*value) : std::string(); }

std::string fixed_text(double value, int digits) {
  char text[400];  // of the largest double
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

}  // namespace unmask
