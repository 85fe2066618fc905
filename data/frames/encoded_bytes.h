// What the readers of image formats look at: numbers and signatures in a file's bytes. Callers stay inside the bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace unmask {

using EncodedBytes = std::vector<std::uint8_t>;

inline std::uint32_t big_endian32(const EncodedBytes& bytes, std::size_t at) {
  return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 | std::uint32_t{bytes[at + 2]} << 8 |
         bytes[at + 3];
}

/// Of `count` bytes, at most 4.
inline std::uint32_t little_endian(const EncodedBytes& bytes, std::size_t at, int count) {
  std::uint32_t value = 0;
  for (int i = 0; i < count; ++i) value |= std::uint32_t{bytes[at + static_cast<std::size_t>(i)]} << (8 * i);
  return value;
}

/// False where the bytes end before.
inline bool has_text(const EncodedBytes& bytes, std::size_t at, std::string_view text) {
  return bytes.size() >= at + text.size() && std::memcmp(bytes.data() + at, text.data(), text.size()) == 0;
}

}  // namespace unmask
