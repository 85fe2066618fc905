// How a crop's pixels are kept in a store.
#pragma once

#include <cstdint>

#include "base/words.h"

namespace unmask {

enum class CropEncoding : std::uint8_t { kRaw = 0, kJpeg95 = 1 };
constexpr auto words_of(CropEncoding) {
  using enum CropEncoding;
  return std::to_array<Word<CropEncoding>>({{"raw", kRaw}, {"jpeg95", kJpeg95}});
}

}  // namespace unmask
