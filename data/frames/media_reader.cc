#include "data/frames/media_reader.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "data/frames/image_file.h"
#include "data/frames/rgb_converter.h"
#include "data/frames/video_file.h"

namespace unmask {
namespace {

/// Which of the image readers' formats this is; "" for none.
std::string picture_format(int fd) {
  EncodedBytes head(12);
  const ssize_t got = pread(fd, head.data(), head.size(), 0);
  head.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  if (has_text(head, 0, "\x89PNG\r\n\x1a\n")) return "png";
  if (has_text(head, 0, "\xFF\xD8")) return "jpeg";
  if (has_text(head, 0, "BM")) return "bmp";
  if (has_text(head, 0, "RIFF") && has_text(head, 8, "WEBP")) return "webp";
  if (has_text(head, 0, "\x93NUMPY")) return "npy";
  return "";
}

VideoFacts with_fault(VideoFacts facts, FrameStatus status, const std::string& problem) {
  facts.status = status;
  facts.problem = problem;
  return facts;
}

VideoFacts probe_picture(int fd, VideoFacts facts, const FrameLimits& limits) {
  const ReadFrame picture = read_image(fd, limits);
  if (picture.status != FrameStatus::kOk) return with_fault(facts, picture.status, picture.problem);
  facts.width = picture.image.width;
  facts.height = picture.image.height;
  facts.frames = 1;
  return facts;
}

VideoFacts probe_video(int fd, VideoFacts facts, const FrameLimits& limits) {
  VideoFile video(fd, limits);
  if (video.fault()) return with_fault(facts, video.fault()->status, video.fault()->problem);
  const AVCodecParameters& codec = *video.stream().codecpar;
  const FrameSize size = RgbConverter(video.display_matrix()).shown_size(codec.width, codec.height);
  facts.codec = avcodec_get_name(codec.codec_id);
  facts.width = size.width;
  facts.height = size.height;
  facts.duration_s = video.duration_s();
  facts.frames_per_s = video.frames_per_s();
  const PacketPlan plan = read_plan(video);
  facts.frames = plan.frames();
  const std::int64_t promised = video.promised_frames();
  if (promised > static_cast<std::int64_t>(plan.packets().size())) {
    facts.problem = "ends before frame " + std::to_string(plan.frames()) + ", its header tells of " +
                    std::to_string(promised) + ": damaged or cut off";
  }
  if (plan.frames() > 0) return facts;
  return with_fault(facts, FrameStatus::kTruncated, "has no frame");
}

}  // namespace

VideoFacts probe_media(int fd, const FrameLimits& limits) {
  VideoFacts facts;
  facts.file_bytes = std::max<std::int64_t>(lseek(fd, 0, SEEK_END), 0);
  facts.codec = picture_format(fd);
  return facts.codec.empty() ? probe_video(fd, facts, limits) : probe_picture(fd, facts, limits);
}

MediaReader::MediaReader(int fd, const FrameLimits& limits, std::vector<std::uint32_t> wanted) {
  if (picture_format(fd).empty()) {
    video_.emplace(fd, limits, std::move(wanted));
  } else {
    picture_ = read_image(fd, limits);
    wanted_ = std::move(wanted);
  }
}

std::optional<SeenFrame> MediaReader::next(std::span<std::uint8_t> place) {
  if (video_) return video_->next(place);
  if (given_ == wanted_.size()) return std::nullopt;
  return picture_frame(wanted_[given_++], place);
}

SeenFrame MediaReader::picture_frame(std::uint32_t number, std::span<std::uint8_t> place) const {
  SeenFrame frame{number, -1, picture_.status, picture_.problem, 0, 0};
  if (frame.status != FrameStatus::kOk) return frame;
  if (number > 0) {
    frame.status = FrameStatus::kTruncated;
    frame.problem = "has 1 frame; wanted frame " + std::to_string(number);
    return frame;
  }
  std::copy(picture_.image.rgb.begin(), picture_.image.rgb.end(), place.begin());
  frame.width = picture_.image.width;
  frame.height = picture_.image.height;
  return frame;
}

}  // namespace unmask
