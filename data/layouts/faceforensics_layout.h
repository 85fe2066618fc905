// FaceForensics++ as its own script downloads it, and DeepFakeDetection in it:
// original_sequences/{youtube,actors}/{raw,c23,c40}/videos and manipulated_sequences/<Method>/….
#pragma once

#include "data/layouts/layout.h"

namespace unmask {

/// Datasets: "faceforensics" (youtube and the methods made from it), "deepfakedetection" (actors). Parts that aren't
/// there are left out. Official pairs are no split of this layout: `unmask split --by official` knows them.
class FaceForensicsLayout : public Layout {
 public:
  std::string_view name() const override { return "faceforensics"; }
  LayoutMatch match(const std::filesystem::path& root) const override;
  std::vector<SourceEntry> list(const std::filesystem::path& root) const override;
};

}  // namespace unmask
