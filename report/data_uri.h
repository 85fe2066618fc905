// Bytes inside of a page.
//
//   data_uri("image/jpeg", jpeg);  // "data:image/jpeg;base64,/9j/4AAQ…"
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace unmask {

/// RFC 2397, with the base64 of RFC 4648.
std::string data_uri(std::string_view type, std::span<const std::uint8_t> bytes);

}  // namespace unmask
