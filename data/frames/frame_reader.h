// One frame from anywhere: an image file, or a frame of a video.
//
//   FrameReader reader({});
//   const ReadFrame frame = reader.read({"clip.mp4", 30, Media::kVideo});
//   if (frame.status != FrameStatus::kOk) report("clip.mp4: " + frame.problem);
#pragma once

#include <filesystem>
#include <optional>

#include "data/frame_source.h"
#include "data/frames/image.h"
#include "data/frames/video_reader.h"

namespace unmask {

/// Keeps the last video open: later frames of it cost no second start, so frames are best asked for in order.
/// THREAD: one thread at a time.
class FrameReader {
 public:
  explicit FrameReader(const FrameLimits& limits) : limits_(limits) {}
  /// Every fault is a status with a text. THROWS only std::bad_alloc.
  ReadFrame read(const FrameSource& source);

 private:
  ReadFrame read_video(const FrameSource& source);
  FrameLimits limits_;
  std::filesystem::path video_file_;
  std::optional<VideoReader> video_;
  std::optional<ReadFrame> end_;  // the fault at which the video ended
};

}  // namespace unmask
