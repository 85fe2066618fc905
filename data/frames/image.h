// An image in memory, and an image that was asked for: it, or why there is none.
#pragma once

#include <cstdint>
#include <optional>
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
  std::int64_t max_pixels = 16'777'216;       // read from the header, before anything is decoded
  std::int64_t max_file_bytes = 256ll << 20;  // of an image file
};

struct ReadFrame {
  FrameStatus status = FrameStatus::kOk;
  std::string problem;  // "" if ok; else what is wrong, without the path
  RgbImage image;       // empty unless ok
};

ReadFrame unread(FrameStatus status, std::string problem);

/// What is wrong with a size that stands in a header which nobody has checked yet; nothing if it is good.
std::optional<ReadFrame> size_fault(std::int64_t width, std::int64_t height, const FrameLimits& limits);

}  // namespace unmask
