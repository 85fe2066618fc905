// The frames of a video file, in order. The file may be anything: every fault is a frame with a status and a text.
//
//   VideoReader video("clip.mp4", {});
//   while (const std::optional<ReadFrame> frame = video.next()) {
//     if (frame->status != FrameStatus::kOk) report("clip.mp4: " + frame->problem);  // names the frame
//   }
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "data/frames/image.h"

namespace unmask {

/// By OpenCV and FFmpeg: a container's rotation is applied. A damaged frame that FFmpeg leaves out without a word is
/// left out here, and the later ones count one less.
class VideoReader {
 public:
  /// `limits`: of a frame's pixels; a video file may have any size.
  VideoReader(const std::filesystem::path& file, const FrameLimits& limits);
  ~VideoReader();
  VideoReader(VideoReader&&) noexcept;
  VideoReader& operator=(VideoReader&&) noexcept;

  /// Number of the frame that next() gives, from 0.
  std::uint32_t position() const;
  /// Nothing after the last frame. A frame that can't be decoded has status kTruncated, and the next one follows. What
  /// can't be read at all is one frame with the fault. A video that ends before the number of frames in its header is
  /// damaged or cut off: one frame of status kTruncated stands for the missing ones. (A header without that number is
  /// not questioned; some containers give an estimate.)
  std::optional<ReadFrame> next();
  /// Goes over a frame without converting it, which is cheaper. False if there is none.
  bool skip();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace unmask
