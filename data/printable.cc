#include "data/printable.h"

#include <cstddef>

namespace unmask {
namespace {

/// The length of the UTF-8 sequence at `at`, 0 if there is none (overlong forms and surrogates are none).
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() - at < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  if ((first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) > 0x9F)) return 0;
  if ((first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) > 0x8F)) return 0;
  return length;
}

}  // namespace

std::string printable(std::string_view bytes) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string result;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto first = static_cast<unsigned char>(bytes[at]);
    const std::size_t length = utf8_length(bytes, at);
    // C1 control characters (U+0080 to U+009F) can steer a terminal too.
    const bool control = first < 0x20 || first == 0x7F || first == '\\' ||
                         (length == 2 && first == 0xC2 && static_cast<unsigned char>(bytes[at + 1]) < 0xA0);
    if (length > 0 && !control) {
      result += bytes.substr(at, length);
      at += length;
    } else {
      result += {'\\', 'x', kHex[first >> 4], kHex[first & 15]};
      ++at;
    }
  }
  return result;
}

}  // namespace unmask
