#include "report/data_uri.h"

namespace unmask {

std::string data_uri(std::string_view type, std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string uri = "data:" + std::string(type) + ";base64,";
  uri.reserve(uri.size() + bytes.size() / 3 * 4 + 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const auto byte = [&](std::size_t i) { return at + i < bytes.size() ? std::uint32_t{bytes[at + i]} : 0; };
    const std::uint32_t three = byte(0) << 16 | byte(1) << 8 | byte(2);
    for (const unsigned digit : {0u, 1u, 2u, 3u})
      uri += at + digit <= bytes.size() ? kDigits[three >> (18 - 6 * digit) & 63] : '=';
  }
  return uri;
}

}  // namespace unmask
