#include "data/layouts/published_layout.h"

#include <algorithm>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "data/layouts/frame_name.h"
#include "data/layouts/layout_tree.h"
#include "data/printable.h"
#include "data/store_paths.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFolderSuffix = "_deepfake";

std::string_view split_folder(Split split) {
  switch (split) {
    case Split::kTrain: return "";
    case Split::kVal: return "val";
    case Split::kCalibration: return "calibration";
    case Split::kTest: return "test";
  }
  return "";
}

/// The names in a folder, sorted by bytes. Nothing if there is no such folder.
std::vector<fs::path> sorted_entries(const fs::path& folder) {
  std::error_code error;
  const fs::file_status status = fs::status(folder, error);
  if (status.type() == fs::file_type::not_found) return {};
  if (error || !fs::is_directory(status)) {
    throw Error(ErrorKind::kData, printable(folder.native()) + ": wanted a folder" +
                                      (error ? ", found: " + error.message() : std::string(", found something else")));
  }
  std::vector<fs::path> entries;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    entries.push_back(entry->path());
  }
  if (error) throw Error(ErrorKind::kData, printable(folder.native()) + ": can't list the folder: " + error.message());
  std::sort(entries.begin(), entries.end(),
            [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); });
  return entries;
}

/// ROOT, or its folder `datasets` where the tree is there.
fs::path tree_of(const fs::path& root) {
  const fs::path inner = root / "datasets";
  std::error_code ignored;
  return fs::is_directory(inner, ignored) && find_datasets(root).empty() ? inner : root;
}

SourceEntry source_of(const fs::path& root, const FrameEntry& frame) {
  const FrameInfo& info = frame.info;
  SourceEntry source;
  source.file = frame.source.file.lexically_relative(root);
  source.kind = frame.source.file.extension() == ".npy" ? SourceKind::kNpyCrop : SourceKind::kImage;
  source.label = info.label;
  source.dataset = info.dataset;
  source.method = info.method;
  source.compression = info.compression;
  source.video = info.video;
  source.target_identity = info.target_identity;
  source.source_identity = info.source_identity;
  source.frame = info.frame;
  source.split = info.split;
  return source;
}

}  // namespace

std::vector<std::string> find_datasets(const fs::path& datasets) {
  std::vector<std::string> names;
  for (const fs::path& entry : sorted_entries(datasets)) {
    const std::string folder = entry.filename().native();
    std::error_code ignored;
    if (!folder.ends_with(kFolderSuffix) || !fs::is_directory(entry, ignored)) continue;
    const std::string name = folder.substr(0, folder.size() - kFolderSuffix.size());
    if (!is_dataset_name(name)) {
      throw Error(ErrorKind::kData, printable(entry.native()) +
                                        ": a dataset's name is 1 to 100 letters, digits, _ and -: rename the folder");
    }
    names.push_back(name);
  }
  const auto has = [&](std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  if (has("base") && has("augment")) std::erase(names, "both");
  return names;
}

std::vector<FrameEntry> list_frames(const fs::path& datasets, const std::string& dataset, Split split) {
  const fs::path root = datasets / (dataset + std::string(kFolderSuffix)) / split_folder(split);
  std::vector<FrameEntry> frames;
  for (const bool fake : {false, true}) {
    const fs::path folder = root / (fake ? "fake" : "real") / "frames";
    std::vector<fs::path> entries = sorted_entries(folder);
    std::error_code ignored;
    if (entries.empty() && fs::exists(folder, ignored)) {
      throw Error(ErrorKind::kData,
                  printable(folder.native()) + ": the folder is empty: put frames there or remove it");
    }
    for (fs::path& file : entries) {
      FrameInfo info = parse_frame_name(file.filename().native(), fake);
      info.dataset = dataset;
      info.split = split;
      frames.push_back({{std::move(file)}, std::move(info)});
    }
  }
  return frames;
}

LayoutMatch PublishedLayout::match(const fs::path& root) const {
  std::error_code ignored;
  if (!fs::is_directory(root, ignored)) return {false, "folders <name>_deepfake", "no folder"};
  const bool fits = !find_datasets(tree_of(root)).empty();
  return {fits, "folders <name>_deepfake, here or in datasets/", fits ? "" : "none"};
}

std::vector<SourceEntry> PublishedLayout::list(const fs::path& root) const {
  const fs::path tree = tree_of(root);
  const std::vector<std::string> datasets = find_datasets(tree);
  if (datasets.empty()) {
    throw Error(ErrorKind::kData, printable(root.native()) +
                                      ": no dataset in this folder: wanted folders <name>_deepfake that hold "
                                      "real/frames and fake/frames (docs/dataset_layouts.md)");
  }
  std::vector<SourceEntry> sources;
  for (const std::string& dataset : datasets) {
    for (const Split split : {Split::kTrain, Split::kVal, Split::kCalibration, Split::kTest}) {
      for (const FrameEntry& frame : list_frames(tree, dataset, split)) sources.push_back(source_of(root, frame));
    }
  }
  sort_sources(sources);
  return sources;
}

}  // namespace unmask
