// The pictures of a clip, corrupted: each for itself, or all of them by H.264.
//
//   ClipCorrupter corrupter(16'777'216);
//   const std::vector<RgbImage> worse = corrupter.corrupt(pictures, keys, {CorruptionKind::kH264, 4, 40});
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/corrupt/corruption.h"
#include "data/frames/image.h"
#include "data/frames/media_decoder.h"

namespace unmask {

/// THROWS Error(kFailed) where this machine's libavcodec has no libx264, with what to do.
void require_h264_encoder();

/// THREAD: one thread at a time.
class ClipCorrupter {
 public:
  /// Pictures have at most so many pixels.
  explicit ClipCorrupter(std::int64_t max_pixels);
  /// Of pictures in the order of their time; `keys`: picture_key() of each. H.264 is written by libx264 with the value
  /// as crf, as `unmask synth` writes it, and decoded as `unmask prepare` decodes; pictures of one size in a row are
  /// one clip, of an odd side the last row or column is doubled on the way. THROWS Error(kFailed).
  std::vector<RgbImage> corrupt(std::span<const RgbImage> pictures, std::span<const std::uint64_t> keys,
                                const Corruption& corruption);

 private:
  std::vector<RgbImage> pass_through_h264(std::span<const RgbImage> pictures, int crf);

  MediaDecoder decoder_;
};

}  // namespace unmask
