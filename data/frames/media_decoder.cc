#include "data/frames/media_decoder.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "data/frames/image_file.h"
#include "data/frames/video_reader.h"

namespace unmask {

struct MediaDecoder::Impl {
  DecoderOptions options;
  std::filesystem::path file;
  std::vector<std::uint32_t> wanted;
  std::size_t given = 0;
  std::optional<VideoReader> video;
  std::optional<ReadFrame> picture, end;

  bool is_picture(const std::filesystem::path& path) {
    picture = read_image(path, options.limits);
    if (picture->status != FrameStatus::kNotAnImage) return true;
    const std::string ending = path.extension().native();
    return ending == ".png" || ending == ".jpg" || ending == ".npy" || ending == ".bmp" || ending == ".webp";
  }

  ReadFrame read(std::uint32_t frame) {
    while (video->position() < frame && video->skip()) {
    }
    const std::uint32_t before = video->position();
    std::optional<ReadFrame> read = video->next();
    if (video->position() > before) return *read;
    if (read) end = std::move(read);
    if (end) return *end;
    return unread(FrameStatus::kTruncated, "has " + std::to_string(before) + " frames");
  }
};

MediaDecoder::MediaDecoder(const DecoderOptions& options) : impl_(std::make_unique<Impl>()) {
  impl_->options = options;
}
MediaDecoder::~MediaDecoder() = default;
MediaDecoder::MediaDecoder(MediaDecoder&&) noexcept = default;

VideoFacts MediaDecoder::probe(const std::filesystem::path& file) {
  VideoFacts facts;
  if (const auto fault = file_fault(file)) {
    facts.status = fault->status;
    facts.problem = fault->problem;
    return facts;
  }
  VideoReader video(file, impl_->options.limits);
  std::optional<ReadFrame> first = video.next();
  if (first && first->status != FrameStatus::kOk && video.position() == 0) {
    facts.status = first->status;
    facts.problem = first->problem;
    return facts;
  }
  if (first) {
    facts.width = first->image.width;
    facts.height = first->image.height;
  }
  while (video.skip()) {
  }
  facts.frames = video.position();
  return facts;
}

void MediaDecoder::open(const std::filesystem::path& file, std::span<const std::uint32_t> frames) {
  impl_->file = file;
  impl_->wanted.assign(frames.begin(), frames.end());
  impl_->given = 0;
  impl_->video.reset();
  impl_->end.reset();
  if (impl_->is_picture(file)) return;
  impl_->picture.reset();
  impl_->video.emplace(file, impl_->options.limits);
}

std::optional<DecodedFrame> MediaDecoder::next() {
  if (impl_->given == impl_->wanted.size()) return std::nullopt;
  const std::uint32_t frame = impl_->wanted[impl_->given++];
  return DecodedFrame{frame, -1, impl_->picture ? *impl_->picture : impl_->read(frame)};
}

std::string sandbox_fault(const DecoderOptions&) { return ""; }

}  // namespace unmask
