#include "data/corrupt/source_clips.h"

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "data/prepare/prepare_probe.h"
#include "data/printable.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPieceBytes = std::size_t{512} << 20;

Error refusal(const FrameInfo& frame, const std::string& what) {
  return Error(ErrorKind::kData,
               "--sources: " + (frame.source.empty() ? "video " + printable(frame.video) : printable(frame.source)) +
                   " of dataset " + printable(frame.dataset) + ": " + what);
}

/// A store may come from anybody: its paths lead nowhere but below the root.
bool is_below_root(const fs::path& path) {
  return path.is_relative() && std::ranges::find(path, fs::path("..")) == path.end();
}

}  // namespace

SourceClips::SourceClips(std::vector<fs::path> roots, const DecoderOptions& decoder)
    : roots_(std::move(roots)), decoder_(decoder) {}

fs::path SourceClips::file_of(const FrameInfo& frame) const {
  std::error_code none;
  if (!is_below_root(frame.source)) return {};
  for (const fs::path& root : roots_) {
    if (fs::exists(root / frame.source, none)) return root / frame.source;
  }
  return {};
}

void SourceClips::require(const FrameInfo& frame) const {
  if (frame.source.empty() || frame.source_digest.empty()) {
    throw refusal(frame,
                  "its store doesn't say which file it was prepared from: prepare it again with this version, or "
                  "leave --sources out, and the crops are corrupted");
  }
  if (frame.detector == "imported")
    throw refusal(frame, "was a crop already, there is no face to find; without --sources the crops are corrupted");
  if (!is_below_root(frame.source)) throw refusal(frame, "is no path below ROOT");
  const fs::path file = file_of(frame);
  if (file.empty()) {
    std::string roots;
    for (const fs::path& root : roots_) roots += (roots.empty() ? "" : ", ") + root.string();
    throw refusal(frame, "isn't there below " + roots + ": wanted the folder that was prepared");
  }
  const std::string digest = source_digest(file);
  if (digest == frame.source_digest) return;
  throw refusal(frame,
                file.string() + (digest.empty() ? " can't be read"
                                                : " is another file than the one that was prepared (digest " + digest +
                                                      ", the store's is " + printable(frame.source_digest) + ")"));
}

bool SourceClips::is_picture(const fs::path& file) { return decoder_.probe(file).frames == 1; }

void SourceClips::read(std::span<const FrameInfo> frames, const std::function<void(SourceClip)>& piece) {
  SourceClip clip;
  std::size_t bytes = 0;
  for (std::size_t first = 0, end = 0; first < frames.size(); first = end) {
    std::vector<std::uint32_t> numbers;
    for (; end < frames.size() && frames[end].source == frames[first].source; ++end)
      numbers.push_back(frames[end].frame);
    const fs::path file = file_of(frames[first]);
    if (numbers.size() == 1 && is_picture(file)) numbers = {0};  // its number is that of the file in its folder
    decoder_.open(file, numbers);
    for (std::size_t i = first; i < end; ++i) {
      std::optional<DecodedFrame> frame = decoder_.next();
      if (!frame) frame = DecodedFrame{0, -1, unread(FrameStatus::kDecoderFailed, "gave no frame")};
      if (!clip.frames.empty() && bytes + frame->read.image.rgb.size() > kPieceBytes) {
        piece(std::exchange(clip, {}));
        bytes = 0;
      }
      bytes += frame->read.image.rgb.size();
      clip.frames.push_back(frames[i]);
      clip.read.push_back(std::move(frame->read));
    }
  }
  if (!clip.frames.empty()) piece(std::move(clip));
}

}  // namespace unmask
