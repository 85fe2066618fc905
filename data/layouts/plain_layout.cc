#include "data/layouts/plain_layout.h"

#include <algorithm>
#include <array>
#include <system_error>

#include "base/error.h"
#include "data/layouts/frame_name.h"
#include "data/layouts/layout_tree.h"
#include "data/printable.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

constexpr int kDeepest = 8;  // folders below a label

struct LabelFolder {
  fs::path folder;  // below ROOT
  bool fake = false;
  std::optional<Split> split;
};

void add_labels(const fs::path& root, const fs::path& folder, std::optional<Split> split,
                std::vector<LabelFolder>& labels) {
  for (const std::string& name : names_in(root / folder)) {
    const std::string word = small_letters(name);
    std::error_code ignored;
    if ((word == "real" || word == "fake") && fs::is_directory(root / folder / name, ignored))
      labels.push_back({folder / name, word == "fake", split});
  }
}

std::vector<LabelFolder> label_folders(const fs::path& root) {
  std::vector<LabelFolder> labels;
  add_labels(root, "", std::nullopt, labels);
  for (const std::string& name : names_in(root)) {
    const std::string word = small_letters(name);
    const auto split = word == "valid" || word == "validation" ? Split::kVal : from_word<Split>(word);
    std::error_code ignored;
    if (split && fs::is_directory(root / name, ignored)) add_labels(root, name, split, labels);
  }
  return labels;
}

class Listing {
 public:
  Listing(const fs::path& root, std::string dataset) : root_(root), dataset_(std::move(dataset)) {}

  void add(const LabelFolder& label, const fs::path& below = {}, int depth = 0) {
    const fs::path folder = label.folder / below;
    for (const std::string& name : names_in(root_ / folder)) {
      std::error_code ignored;
      const fs::file_status status = fs::symlink_status(root_ / folder / name, ignored);
      if (fs::is_directory(status)) {
        if (depth < kDeepest) add(label, below / name, depth + 1);
      } else if (is_video_name(name)) {
        add_video(label, below, name);
      } else if (is_picture_name(name)) {
        add_picture(label, below, name);
      }
    }
  }

  std::vector<SourceEntry> sources() { return std::move(sources_); }

 private:
  SourceEntry entry(const LabelFolder& label, const fs::path& below, const std::string& name,
                    const fs::path& method) const {
    SourceEntry source;
    source.file = label.folder / below / name;
    source.label = label.fake ? 1 : 0;
    source.dataset = dataset_;
    source.method = label.fake ? printable(method.empty() ? "fake" : small_letters(method.begin()->native())) : "real";
    source.split = label.split;
    return source;
  }

  void add_video(const LabelFolder& label, const fs::path& below, const std::string& name) {
    SourceEntry source = entry(label, below, name, below);
    const std::string stem(stem_of(name));
    source.video = printable((below / stem).generic_string());
    VideoIdentities who = video_identities(stem, label.fake);
    source.target_identity = who.target == printable(stem) ? source.video : who.target;
    source.source_identity = std::move(who.source);
    sources_.push_back(std::move(source));
  }

  /// Loose pictures tell their video by their names; those in a folder are the frames of a video of its name.
  void add_picture(const LabelFolder& label, const fs::path& below, const std::string& name) {
    SourceEntry source = entry(label, below, name, below.parent_path());
    source.kind = SourceKind::kImage;
    if (below.empty()) {
      const FrameInfo info = parse_frame_name(name, label.fake);
      source.method = info.method;
      source.video = info.video;
      source.frame = info.frame;
      source.target_identity = info.target_identity;
      source.source_identity = info.source_identity;
    } else {
      const std::string video = below.filename().native();
      VideoIdentities who = video_identities(video, label.fake);
      source.video = printable(below.generic_string());
      source.frame = number_at_end(stem_of(name)).value_or(0);
      source.target_identity = who.target == printable(video) ? source.video : who.target;
      source.source_identity = std::move(who.source);
    }
    sources_.push_back(std::move(source));
  }

  const fs::path& root_;
  std::string dataset_;
  std::vector<SourceEntry> sources_;
};

}  // namespace

LayoutMatch PlainLayout::match(const fs::path& root) const {
  std::error_code ignored;
  if (!fs::is_directory(root, ignored)) return {false, "folders real and fake", "no folder"};
  const bool fits = !label_folders(root).empty();
  return {fits, "folders real and fake, here or in train, val, calibration, test", fits ? "" : "neither"};
}

std::vector<SourceEntry> PlainLayout::list(const fs::path& root) const {
  Listing listing(root, dataset_name(fs::absolute(root / "").lexically_normal().parent_path().filename().native()));
  for (const LabelFolder& label : label_folders(root)) listing.add(label);
  std::vector<SourceEntry> sources = listing.sources();
  finish_sources(root, sources);
  return sources;
}

}  // namespace unmask
