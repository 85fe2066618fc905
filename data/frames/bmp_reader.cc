#include "data/frames/bmp_reader.h"

#include <cstdlib>

#include "data/frames/opencv_image.h"

namespace unmask {

ReadFrame read_bmp(const EncodedBytes& bytes, const FrameLimits& limits) {
  if (bytes.size() < 54) return unread(FrameStatus::kTruncated, "the BMP ends within its header");
  const std::int64_t width = static_cast<std::int32_t>(little_endian(bytes, 18, 4));
  const std::int64_t height = std::abs(std::int64_t{static_cast<std::int32_t>(little_endian(bytes, 22, 4))});
  const std::int64_t bits = little_endian(bytes, 28, 2);
  if (little_endian(bytes, 14, 4) < 40 || little_endian(bytes, 30, 4) != 0 || (bits != 8 && bits != 24 && bits != 32)) {
    return unread(FrameStatus::kNotAnImage, "a BMP of a rare kind: wanted 8, 24 or 32 bits without compression");
  }
  if (auto fault = size_fault(width, height, limits)) return *fault;
  const std::int64_t row_bytes = (width * bits + 31) / 32 * 4;
  if (little_endian(bytes, 10, 4) + row_bytes * height > static_cast<std::int64_t>(bytes.size())) {
    return unread(FrameStatus::kTruncated, "the BMP ends before its last row");
  }
  return decode_with_opencv(bytes, limits);
}

}  // namespace unmask
