#include "data/layouts/layout.h"

#include <algorithm>
#include <array>
#include <system_error>
#include <tuple>

#include "base/error.h"
#include "data/layouts/published_layout.h"
#include "data/printable.h"

namespace unmask {
namespace {

class Published : public Layout {
 public:
  std::string_view name() const override { return "published"; }
  LayoutMatch match(const std::filesystem::path& root) const override {
    std::error_code ignored;
    if (!std::filesystem::is_directory(root, ignored)) return {false, "<name>_deepfake", "no folder"};
    return {!find_datasets(root).empty(), "<name>_deepfake", "no such folder"};
  }
  std::vector<SourceEntry> list(const std::filesystem::path& root) const override {
    const std::vector<std::string> datasets = find_datasets(root);
    if (datasets.empty()) {
      throw Error(ErrorKind::kData, printable(root.native()) +
                                        ": no dataset in this folder: wanted folders <name>_deepfake that hold "
                                        "real/frames and fake/frames (docs/dataset_layouts.md)");
    }
    std::vector<SourceEntry> sources;
    for (const std::string& dataset : datasets) {
      for (const Split split : {Split::kTrain, Split::kVal, Split::kCalibration, Split::kTest}) {
        for (const FrameEntry& frame : list_frames(root, dataset, split)) {
          const FrameInfo& i = frame.info;
          const bool npy = frame.source.file.extension() == ".npy";
          sources.push_back({frame.source.file.lexically_relative(root),
                             npy ? SourceKind::kNpyCrop : SourceKind::kImage,
                             i.label,
                             i.dataset,
                             i.method,
                             i.compression,
                             i.video,
                             i.target_identity,
                             i.source_identity,
                             i.frame,
                             split,
                             {}});
        }
      }
    }
    std::ranges::stable_sort(sources, [](const SourceEntry& a, const SourceEntry& b) {
      return std::tie(a.dataset, a.label, a.method, a.file.native()) <
             std::tie(b.dataset, b.label, b.method, b.file.native());
    });
    return sources;
  }
};

/// real/ and fake/ with video files in them, at any depth.
class Plain : public Layout {
 public:
  std::string_view name() const override { return "plain"; }
  LayoutMatch match(const std::filesystem::path& root) const override {
    std::error_code ignored;
    const bool fits =
        std::filesystem::is_directory(root / "real", ignored) || std::filesystem::is_directory(root / "fake", ignored);
    return {fits, "folders real and fake", "neither"};
  }
  std::vector<SourceEntry> list(const std::filesystem::path& root) const override {
    std::vector<SourceEntry> sources;
    for (const bool fake : {false, true}) {
      const std::filesystem::path folder = root / (fake ? "fake" : "real");
      std::error_code error;
      for (auto entry = std::filesystem::recursive_directory_iterator(folder, error);
           !error && entry != std::filesystem::recursive_directory_iterator(); entry.increment(error)) {
        if (entry->is_directory()) continue;
        SourceEntry source;
        source.file = entry->path().lexically_relative(root);
        source.label = fake ? 1 : 0;
        source.dataset = "videos";
        source.method = fake ? "fake" : "real";
        source.video = printable(source.file.native());
        source.target_identity = source.video;
        sources.push_back(std::move(source));
      }
    }
    std::ranges::sort(sources, [](const SourceEntry& a, const SourceEntry& b) {
      return std::tie(a.label, a.file.native()) < std::tie(b.label, b.file.native());
    });
    return sources;
  }
};

const Published kPublished;
const Plain kPlain;
const std::array<const Layout*, 2> kLayouts = {&kPublished, &kPlain};

}  // namespace

std::span<const Layout* const> all_layouts() { return kLayouts; }

const Layout& named_layout(std::string_view name) {
  for (const Layout* layout : all_layouts()) {
    if (layout->name() == name) return *layout;
  }
  throw Error(ErrorKind::kUsage, "no layout is called \"" + printable(name) + "\"");
}

const Layout& recognise_layout(const std::filesystem::path& root) {
  std::string looked;
  for (const Layout* layout : all_layouts()) {
    const LayoutMatch match = layout->match(root);
    if (match.fits) return *layout;
    looked += "\n  " + std::string(layout->name()) + ": looked for " + match.looked_for + ", found " + match.found;
  }
  throw Error(ErrorKind::kData, printable(root.native()) + ": this tree fits no layout that is known:" + looked);
}

std::vector<std::string> labels_said(std::span<const SourceEntry> sources) {
  std::vector<std::string> lines;
  std::size_t count = 0;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    ++count;
    const SourceEntry& s = sources[i];
    if (i + 1 < sources.size() && sources[i + 1].dataset == s.dataset && sources[i + 1].method == s.method) continue;
    lines.push_back((s.label == 1 ? "fake: " : "real: ") + s.dataset + " " + s.method + ", " + std::to_string(count));
    count = 0;
  }
  return lines;
}

}  // namespace unmask
