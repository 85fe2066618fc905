#include "base/number_text.h"

#include <array>
#include <charconv>

namespace unmask {

std::string number_text(double value) {
  std::array<char, 40> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return {buffer.data(), end};
}

std::string number_text(const std::optional<double>& value) { return value ? number_text(*value) : std::string(); }

}  // namespace unmask
