// The frames of a video by their numbers, by libav, in this process: the decoder's child calls it, and a bench.
//
//   VideoDecoder video(fd, {}, wanted);
//   while (const std::optional<SeenFrame> frame = video.next(place)) …      // one for each wanted number, in order
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/frames/image.h"

namespace unmask {

/// What a frame is, whose pixels lie in the place that was given for them.
struct SeenFrame {
  std::uint32_t frame = 0;
  std::int64_t time_us = -1;
  FrameStatus status = FrameStatus::kOk;
  std::string problem;
  int width = 0, height = 0;
};

/// A frame is ok if it, and all that it may be predicted from, was decoded without a fault: its bits then depend on the
/// file and its number alone, whatever else is wanted. Damaged frames keep their numbers. Sizes may change in between.
class VideoDecoder {
 public:
  /// `wanted`: ascending. `fd` stays the caller's, and open. THROWS std::bad_alloc.
  VideoDecoder(int fd, const FrameLimits& limits, std::vector<std::uint32_t> wanted);
  ~VideoDecoder();
  VideoDecoder(VideoDecoder&&) noexcept;
  /// `place`: at least limits.max_pixels * 3 bytes.
  std::optional<SeenFrame> next(std::span<std::uint8_t> place);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace unmask
