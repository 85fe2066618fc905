#include "data/corrupt/corrupted_clip.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <numeric>
#include <optional>
#include <string>

#include <opencv2/core.hpp>

#include "base/error.h"
#include "data/corrupt/corrupted_picture.h"
#include "data/video/video_writer.h"

namespace unmask {
namespace {

int even(int side) { return side + side % 2; }

DecoderOptions decoder_options(std::int64_t max_pixels) {
  DecoderOptions options;
  // An even side may be one larger.
  options.limits.max_pixels = 2 * max_pixels;
  options.sandbox = false;  // what it reads was encoded here a moment ago
  return options;
}

cv::Mat even_bgr(const RgbImage& picture) {
  cv::Mat bgr(even(picture.height), even(picture.width), CV_8UC3);
  for (int y = 0; y < bgr.rows; ++y) {
    const int from_y = std::min(y, picture.height - 1);
    auto* row = bgr.ptr<cv::Vec3b>(y);
    for (int x = 0; x < bgr.cols; ++x) {
      const std::size_t at = 3 * (static_cast<std::size_t>(from_y) * static_cast<std::size_t>(picture.width) +
                                  static_cast<std::size_t>(std::min(x, picture.width - 1)));
      row[x] = {picture.rgb[at + 2], picture.rgb[at + 1], picture.rgb[at]};
    }
  }
  return bgr;
}

RgbImage corner_of(const RgbImage& picture, int width, int height) {
  if (picture.width == width && picture.height == height) return picture;
  RgbImage corner{width, height, {}};
  const std::size_t row = 3 * static_cast<std::size_t>(width);
  for (int y = 0; y < height; ++y) {
    const std::uint8_t* from =
        picture.rgb.data() + 3 * static_cast<std::size_t>(y) * static_cast<std::size_t>(picture.width);
    corner.rgb.insert(corner.rgb.end(), from, from + row);
  }
  return corner;
}

/// A file without a name, in memory, that the decoder's child may be given.
class MemoryFile {
 public:
  explicit MemoryFile(std::span<const std::uint8_t> bytes) : fd_(memfd_create("clip.mp4", MFD_CLOEXEC)) {
    const auto fail = [&] {
      const std::string why = std::strerror(errno);
      if (fd_ >= 0) close(fd_);
      throw Error(ErrorKind::kFailed,
                  "h264: no memory for a clip of " + std::to_string(bytes.size()) + " bytes: " + why);
    };
    if (fd_ < 0) fail();
    while (!bytes.empty()) {
      const ssize_t written = write(fd_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail();
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
  }
  ~MemoryFile() { close(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

}  // namespace

void require_h264_encoder() { require_video_encoder("name the other kinds by --corruption"); }

ClipCorrupter::ClipCorrupter(std::int64_t max_pixels) : decoder_(decoder_options(max_pixels)) {}

std::vector<RgbImage> ClipCorrupter::corrupt(std::span<const RgbImage> pictures, std::span<const std::uint64_t> keys,
                                             const Corruption& corruption) {
  std::vector<RgbImage> worse;
  if (corruption.kind != CorruptionKind::kH264) {
    worse.assign(pictures.begin(), pictures.end());
    for (std::size_t i = 0; i < worse.size(); ++i) corrupt_picture(worse[i], keys[i], corruption);
    return worse;
  }
  for (std::size_t first = 0, end = 0; first < pictures.size(); first = end) {
    const auto of_its_size = [&](const RgbImage& other) {
      return other.width == pictures[first].width && other.height == pictures[first].height;
    };
    while (end < pictures.size() && of_its_size(pictures[end])) ++end;
    for (RgbImage& each : pass_through_h264(pictures.subspan(first, end - first), static_cast<int>(corruption.value)))
      worse.push_back(std::move(each));
  }
  return worse;
}

std::vector<RgbImage> ClipCorrupter::pass_through_h264(std::span<const RgbImage> pictures, int crf) {
  std::vector<cv::Mat> frames;
  for (const RgbImage& picture : pictures) frames.push_back(even_bgr(picture));
  const MemoryFile file(video_file(frames, crf));
  frames.clear();
  std::vector<std::uint32_t> numbers(pictures.size());
  std::iota(numbers.begin(), numbers.end(), 0u);
  decoder_.open(file.path(), numbers);
  std::vector<RgbImage> shown;
  for (const RgbImage& picture : pictures) {
    const std::optional<DecodedFrame> frame = decoder_.next();
    if (!frame || frame->read.status != FrameStatus::kOk || frame->read.image.width != even(picture.width) ||
        frame->read.image.height != even(picture.height)) {
      throw Error(ErrorKind::kFailed, "h264: a clip that was encoded here can't be decoded: " +
                                          (frame ? frame->read.problem : std::string("it ends early")));
    }
    shown.push_back(corner_of(frame->read.image, picture.width, picture.height));
  }
  return shown;
}

}  // namespace unmask
