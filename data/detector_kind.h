// Which face detector: a word of `unmask prepare`, and of every frame that it looked at (FrameInfo::detector).
#pragma once

#include <array>

#include "base/words.h"

namespace unmask {

enum class DetectorKind { kDlibHog, kYuNet };
constexpr auto words_of(DetectorKind) {
  using enum DetectorKind;
  return std::to_array<Word<DetectorKind>>({{"dlib_hog", kDlibHog}, {"yunet", kYuNet}});
}

}  // namespace unmask
