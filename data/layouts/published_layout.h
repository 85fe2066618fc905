// The published work's tree of extracted frames:
// DATASETS/<name>_deepfake/[val/]{real,fake}/frames/<video>_<number>.png.
// Names alone are looked at: no file is opened. The rules: docs/dataset_layouts.md.
//
//   for (const std::string& dataset : find_datasets("datasets"))
//     for (const FrameEntry& frame : list_frames("datasets", dataset, Split::kVal)) …
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data/layouts/frame_entry.h"
#include "data/layouts/layout.h"

namespace unmask {

/// Names of the folders `<name>_deepfake` in `datasets`, sorted by bytes. `both` is left out beside `base` and
/// `augment`: it is an alias of the two.
/// THROWS Error(kData) if `datasets` can't be read, or names a dataset as is_dataset_name() forbids.
std::vector<std::string> find_datasets(const std::filesystem::path& datasets);

/// The frames of `<datasets>/<dataset>_deepfake` in one split, sorted by (label, name) bytes, whatever the file
/// system's order. Empty if the split has no folders.
/// THROWS Error(kData) if a `frames` folder is empty or can't be read.
std::vector<FrameEntry> list_frames(const std::filesystem::path& datasets, const std::string& dataset, Split split);

/// ROOT is that folder or the one that holds it as `datasets`. `.npy` files are crops that the published work made.
class PublishedLayout : public Layout {
 public:
  std::string_view name() const override { return "published"; }
  LayoutMatch match(const std::filesystem::path& root) const override;
  std::vector<SourceEntry> list(const std::filesystem::path& root) const override;
};

}  // namespace unmask
