// DeepfakeBench's lists of frames: a JSON file {dataset: {label: {split: {[compression:] {video: {"frames": […]}}}}}}.
#pragma once

#include "data/layouts/layout.h"

namespace unmask {

/// ROOT is the JSON file; its frames are pictures below its folder. A label with "real" in it is real, any other is the
/// method. Datasets are called as in the file, in letters that a dataset's name may have.
class DeepfakeBenchLayout : public Layout {
 public:
  std::string_view name() const override { return "deepfakebench"; }
  LayoutMatch match(const std::filesystem::path& root) const override;
  std::vector<SourceEntry> list(const std::filesystem::path& root) const override;
};

}  // namespace unmask
