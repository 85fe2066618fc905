#include "data/frames/webp_reader.h"

#include "data/frames/opencv_image.h"

namespace unmask {

ReadFrame read_webp(const EncodedBytes& bytes, const FrameLimits& limits) {
  if (bytes.size() < 30 || bytes.size() - 8 < little_endian(bytes, 4, 4)) {
    return unread(FrameStatus::kTruncated, "the WebP is shorter than its header says");
  }
  std::int64_t width = 0, height = 0;
  if (has_text(bytes, 12, "VP8X")) {
    width = little_endian(bytes, 24, 3) + 1;
    height = little_endian(bytes, 27, 3) + 1;
  } else if (has_text(bytes, 12, "VP8L")) {
    const std::uint32_t packed = little_endian(bytes, 21, 4);
    width = (packed & 0x3FFF) + 1;
    height = (packed >> 14 & 0x3FFF) + 1;
  } else if (has_text(bytes, 12, "VP8 ")) {
    width = little_endian(bytes, 26, 2) & 0x3FFF;
    height = little_endian(bytes, 28, 2) & 0x3FFF;
  } else {
    return unread(FrameStatus::kNotAnImage, "a WebP of an unknown kind");
  }
  if (auto fault = size_fault(width, height, limits)) return *fault;
  return decode_with_opencv(bytes, limits);
}

}  // namespace unmask
