#include "data/frames/png_reader.h"

#include <boost/crc.hpp>

#include "data/frames/opencv_image.h"

namespace unmask {
namespace {

/// Does the decoder need the chunk of this type? Colour profiles and texts aren't used,
/// and libpng warns of many of them.
bool is_needed_png_chunk(const EncodedBytes& bytes, std::size_t type_at) {
  const bool critical = (bytes[type_at] & 0x20) == 0;
  return critical || has_text(bytes, type_at, "tRNS") || has_text(bytes, type_at, "eXIf");
}

}  // namespace

ReadFrame read_png(const EncodedBytes& bytes, const FrameLimits& limits) {
  EncodedBytes needed(bytes.begin(), bytes.begin() + 8);
  std::size_t at = 8;
  bool first = true;
  while (true) {
    if (bytes.size() - at < 12) {
      return unread(FrameStatus::kTruncated,
                    "the PNG ends at byte " + std::to_string(bytes.size()) + ", before its IEND");
    }
    const std::size_t length = big_endian32(bytes, at);
    if (length > bytes.size() - at - 12) {
      return unread(FrameStatus::kTruncated, "the PNG ends within the chunk at byte " + std::to_string(at));
    }
    if (first != has_text(bytes, at + 4, "IHDR") || (first && length != 13)) {
      return unread(FrameStatus::kTruncated, "the PNG doesn't start with one header chunk");
    }
    boost::crc_32_type crc;
    crc.process_bytes(bytes.data() + at + 4, length + 4);
    if (crc.checksum() != big_endian32(bytes, at + 8 + length)) {
      return unread(FrameStatus::kTruncated, "the PNG chunk at byte " + std::to_string(at) + " fails its CRC");
    }
    if (first) {
      if (auto fault = size_fault(big_endian32(bytes, at + 8), big_endian32(bytes, at + 12), limits)) return *fault;
    }
    const auto chunk = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    const auto chunk_end = chunk + static_cast<std::ptrdiff_t>(12 + length);
    if (is_needed_png_chunk(bytes, at + 4)) needed.insert(needed.end(), chunk, chunk_end);
    if (has_text(bytes, at + 4, "IEND")) break;
    first = false;
    at += 12 + length;
  }
  return decode_with_opencv(needed, limits);
}

}  // namespace unmask
