// Which frames a dataset folder holds, from names alone: no file is opened. The rules: docs/dataset_layouts.md.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "data/sample.h"

namespace unmask {

/// One entry of a `frames` folder. Anything that lies there is listed, whatever it is; reading it gives the status.
struct FrameEntry {
  std::filesystem::path file;
  FrameInfo info;  // all but box, detector and status
};

/// What is known of a frame from its file name: method, video, frame number, identities.
FrameInfo parse_frame_name(std::string_view file_name, bool fake);

/// Names of the folders `<name>_deepfake` in `datasets`, sorted by bytes. `both` is left out beside `base` and
/// `augment`: it is an alias of the two.
/// THROWS Error(kData) if `datasets` can't be read or a name can't be a folder of stores.
std::vector<std::string> find_datasets(const std::filesystem::path& datasets);

/// The frames of `<datasets>/<dataset>_deepfake` in one split, sorted by (label, name) bytes. Empty if the split has no
/// folders. THROWS Error(kData) if a `frames` folder is there but is empty or can't be read.
std::vector<FrameEntry> list_frames(const std::filesystem::path& datasets, const std::string& dataset, Split split);

/// A dataset's name is a part of paths and of column names: letters, digits, `_`, `-`, `.`, no `.` in front.
bool is_dataset_name(std::string_view name);

/// The text as printable UTF-8: every other byte, and the backslash, becomes `\xNN`,
/// so that different names stay different.
std::string printable(std::string_view bytes);

}  // namespace unmask
