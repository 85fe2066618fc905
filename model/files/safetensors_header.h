// The JSON header of a safetensors file: its text to entries and back. Says nothing about the bytes behind it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace unmask {

inline constexpr std::string_view kSafetensorsMetadata = "__metadata__";

struct SafetensorsEntry {
  std::string name, dtype;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;  // as the header says: not checked
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;  // in the header's order
  std::map<std::string, std::string> metadata;
};

/// Bytes of one element; 0 for a dtype that we don't know.
std::size_t safetensors_element_bytes(std::string_view dtype);

/// Empty, or what is wrong. Strict: one object, UTF-8, no key twice, no unknown key,
/// nothing deeper than an array of a tensor.
std::string parse_safetensors_header(std::string_view text, SafetensorsHeader& header);

/// THROWS Error(kFailed) if a name or a metadata text is not UTF-8.
std::string print_safetensors_header(std::span<const SafetensorsEntry> entries,
                                     const std::map<std::string, std::string>& metadata);

}  // namespace unmask
