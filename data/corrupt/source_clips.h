// The frames of a store's videos out of the files that they were prepared from.
//
//   SourceClips sources({"/data/FaceForensics++"}, decoder_options(prepare));
//   sources.require(store.frame(0));                             // the file is there, and is that very one
//   sources.read(frames, [](const SourceClip& clip) { … });      // in pieces that fit into memory
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "data/frames/image.h"
#include "data/frames/media_decoder.h"
#include "data/sample.h"

namespace unmask {

/// Frames of one video in order.
struct SourceClip {
  std::vector<FrameInfo> frames;
  std::vector<ReadFrame> read;  // of each
};

/// THREAD: one thread at a time.
class SourceClips {
 public:
  /// `roots`: folders that were prepared; a file is taken of the first that has it.
  SourceClips(std::vector<std::filesystem::path> roots, const DecoderOptions& decoder);
  /// THROWS Error(kData) naming the source that is in no root, is another file than the store's (by its digest), or of
  /// which the store doesn't say enough.
  void require(const FrameInfo& frame) const;
  /// Calls `piece` with all of `frames`, which are of one video and ascend by number, in pieces of 512 MiB or less (one
  /// frame at least), so that pieces depend on the video alone. THROWS Error(kFailed) if no decoder can be started.
  void read(std::span<const FrameInfo> frames, const std::function<void(SourceClip)>& piece);

 private:
  std::filesystem::path file_of(const FrameInfo& frame) const;
  bool is_picture(const std::filesystem::path& file);

  std::vector<std::filesystem::path> roots_;
  MediaDecoder decoder_;
};

}  // namespace unmask
