// A picture or a video out of an open descriptor, in this process: what MediaDecoder's child does, without the child.
//
//   const VideoFacts facts = probe_media(fd, {});
//   MediaReader reader(fd, {}, {0, 30, 60});
//   while (const std::optional<SeenFrame> frame = reader.next(place)) …
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "data/frames/media_decoder.h"
#include "data/frames/video_decoder.h"

namespace unmask {

/// Told by the first bytes, not by the name. A picture is decoded for it. THROWS std::bad_alloc.
VideoFacts probe_media(int fd, const FrameLimits& limits);

/// A picture has frame 0 alone.
class MediaReader {
 public:
  /// `wanted`: ascending. `fd` stays the caller's, and open. THROWS std::bad_alloc.
  MediaReader(int fd, const FrameLimits& limits, std::vector<std::uint32_t> wanted);
  /// One for each that is wanted, in order; then nothing. `place`: at least limits.max_pixels * 3 bytes.
  std::optional<SeenFrame> next(std::span<std::uint8_t> place);

 private:
  SeenFrame picture_frame(std::uint32_t number, std::span<std::uint8_t> place) const;

  std::optional<VideoDecoder> video_;
  ReadFrame picture_;
  std::vector<std::uint32_t> wanted_;  // of a picture
  std::size_t given_ = 0;
};

}  // namespace unmask
