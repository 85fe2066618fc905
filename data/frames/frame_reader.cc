#include "data/frames/frame_reader.h"

#include <string>
#include <utility>

#include "data/frames/image_file.h"

namespace unmask {

ReadFrame FrameReader::read(const FrameSource& source) {
  return source.media == Media::kVideo ? read_video(source) : read_image(source.file, limits_);
}

ReadFrame FrameReader::read_video(const FrameSource& source) {
  const bool is_open = video_ && video_file_ == source.file && video_->position() <= source.frame;
  if (!is_open) {
    video_.emplace(source.file, limits_);
    video_file_ = source.file;
    end_.reset();
  }
  while (video_->position() < source.frame && video_->skip()) {
  }
  const std::uint32_t before = video_->position();
  std::optional<ReadFrame> frame = video_->next();
  if (video_->position() > before) return *frame;
  if (frame) end_ = std::move(frame);
  if (end_) return *end_;
  return unread(FrameStatus::kTruncated,
                "has " + std::to_string(before) + " frames; wanted frame " + std::to_string(source.frame));
}

}  // namespace unmask
