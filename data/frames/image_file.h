// One image from a file that may be anything: damaged, cut off, huge, a FIFO. Every fault is a status with a text,
// never an exception, a hang, or silently another image.
//
//   const ReadFrame frame = read_image("x_001.png", {});
//   if (frame.status != FrameStatus::kOk) report("x_001.png: " + frame.problem);
#pragma once

#include <filesystem>
#include <optional>

#include "data/frames/encoded_bytes.h"
#include "data/frames/image.h"

namespace unmask {

/// PNG, JPEG, BMP, WebP and NumPy's arrays of bytes, told by their first bytes, each checked as far as its format
/// allows (png_reader.h and the others). An EXIF orientation is applied, as cv::imread does; alpha is dropped, 16 bits
/// become 8, grey becomes RGB. THROWS only std::bad_alloc.
ReadFrame read_image(const std::filesystem::path& file, const FrameLimits& limits);

/// The same for a file that is open for reading, whatever its name; `fd` stays the caller's.
ReadFrame read_image(int fd, const FrameLimits& limits);

/// The same for bytes that are already in memory.
ReadFrame decode_image(const EncodedBytes& bytes, const FrameLimits& limits);

/// Why this is no file that can be read; nothing if it may be one. It isn't opened: opening a device can act on it.
std::optional<ReadFrame> file_fault(const std::filesystem::path& file);

}  // namespace unmask
