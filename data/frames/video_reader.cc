#include "data/frames/video_reader.h"

#include <string>
#include <utility>

#include <opencv2/videoio.hpp>

#include "data/frames/image_file.h"
#include "data/frames/opencv_image.h"

namespace unmask {

struct VideoReader::Impl {
  FrameLimits limits;
  cv::VideoCapture video;
  std::int64_t promised = 0;       // frames that the header tells; 0 if it tells none
  std::uint32_t position = 0;      // frames taken from the video
  std::optional<ReadFrame> fault;  // still to be given
  bool ended = false;

  Impl(const std::filesystem::path& file, const FrameLimits& frame_limits) : limits(frame_limits) {
    fault = open(file);
    ended = fault.has_value();
  }

  std::optional<ReadFrame> open(const std::filesystem::path& file) {
    if (auto wrong = file_fault(file)) return wrong;
    // FFmpeg alone: OpenCV's other readers take other files of a like name for frames (x_01.jpg, x_02.jpg).
    if (!video.open(file.native(), cv::CAP_FFMPEG)) {
      return unread(FrameStatus::kNotAnImage, "can't be opened as a video: damaged, or of a kind that isn't read");
    }
    promised = static_cast<std::int64_t>(video.get(cv::CAP_PROP_FRAME_COUNT));
    return size_fault(static_cast<std::int64_t>(video.get(cv::CAP_PROP_FRAME_WIDTH)),
                      static_cast<std::int64_t>(video.get(cv::CAP_PROP_FRAME_HEIGHT)), limits);
  }

  bool grab() {
    if (ended) return false;
    if (video.grab()) {
      ++position;
      return true;
    }
    ended = true;
    if (position < promised) {
      fault =
          unread(FrameStatus::kTruncated, "ends before frame " + std::to_string(position) + ", its header tells of " +
                                              std::to_string(promised) + ": damaged or cut off");
    }
    return false;
  }

  /// The frame that was grabbed last.
  ReadFrame retrieve() {
    const std::string name = "frame " + std::to_string(position - 1);
    cv::Mat bgr;
    if (!video.retrieve(bgr) || bgr.empty() || bgr.type() != CV_8UC3) {
      return unread(FrameStatus::kTruncated, name + " can't be decoded");
    }
    if (auto wrong = size_fault(bgr.cols, bgr.rows, limits)) {  // a stream may change its size
      wrong->problem = name + ": " + wrong->problem;
      return *wrong;
    }
    ReadFrame frame;
    frame.image = from_bgr(bgr);
    return frame;
  }
};

VideoReader::VideoReader(const std::filesystem::path& file, const FrameLimits& limits)
    : impl_(std::make_unique<Impl>(file, limits)) {}
VideoReader::~VideoReader() = default;
VideoReader::VideoReader(VideoReader&&) noexcept = default;
VideoReader& VideoReader::operator=(VideoReader&&) noexcept = default;

std::uint32_t VideoReader::position() const { return impl_->position; }

std::optional<ReadFrame> VideoReader::next() {
  if (impl_->grab()) return impl_->retrieve();
  return std::exchange(impl_->fault, std::nullopt);
}

bool VideoReader::skip() { return impl_->grab(); }

}  // namespace unmask
