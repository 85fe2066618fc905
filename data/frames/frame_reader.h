// Reads one frame from an image file that may be anything: damaged, cut off, huge, a FIFO. Every fault is a status with
// a text, never an exception, a hang, or silently another picture.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/sample.h"

namespace unmask {

/// Pixels as RGB bytes, row by row without gaps.
struct RgbImage {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgb;  // [height, width, 3]
};

struct FrameLimits {
  std::int64_t max_pixels = 16'777'216;  // read from the header, before anything is decoded
  std::int64_t max_file_bytes = 256ll << 20;
};

struct ReadFrame {
  FrameStatus status = FrameStatus::kOk;
  std::string problem;  // "" if ok; else what is wrong, without the path
  RgbImage image;       // empty unless ok
};

/// PNG, JPEG, BMP and WebP, told by their first bytes. PNG: every chunk's CRC and the end are checked. JPEG: a warning
/// of the decoder (missing data, bad codes) counts as damage; data after the end marker is ignored. WebP and BMP:
/// lengths are checked (they carry no checksum). An EXIF orientation is applied, as cv::imread does;
/// alpha is dropped, 16 bits become 8.
/// THROWS only std::bad_alloc.
ReadFrame read_frame(const std::filesystem::path& file, const FrameLimits& limits);

/// The same for bytes that are already in memory.
ReadFrame decode_frame(const std::vector<std::uint8_t>& bytes, const FrameLimits& limits);

}  // namespace unmask
