// Any tree with folders real and fake: videos, pictures, folders of frames; also below train, val, calibration, test.
#pragma once

#include "data/layouts/layout.h"

namespace unmask {

/// ROOT/[SPLIT/]{real,fake}/…, in letters of any case. The dataset is called like ROOT. Below the label:
///   fake/clip.mp4, fake/faceswap/clip.mp4       a video, of the method faceswap
///   fake/clip_012.png                           frame 12 of clip
///   fake/clip/012.png, fake/faceswap/clip/…     frames of clip
/// Other files are left out. Links to folders are not followed.
class PlainLayout : public Layout {
 public:
  std::string_view name() const override { return "plain"; }
  LayoutMatch match(const std::filesystem::path& root) const override;
  std::vector<SourceEntry> list(const std::filesystem::path& root) const override;
};

}  // namespace unmask
