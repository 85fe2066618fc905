#include "data/layouts/deeperforensics_layout.h"

#include <array>
#include <map>
#include <sstream>
#include <system_error>

#include "base/durable_file.h"
#include "data/layouts/layout_tree.h"
#include "data/printable.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

constexpr char kFakes[] = "manipulated_videos", kActors[] = "source_videos";
constexpr int kDeepest = 6;  // folders below an actor
constexpr std::size_t kMostListBytes = 64 << 20;

/// Split by the name of a fake, without folder.
std::map<std::string, Split> listed_splits(const fs::path& root) {
  std::map<std::string, Split> splits;
  for (const Split split : {Split::kTrain, Split::kVal, Split::kTest}) {
    const fs::path file = root / "lists" / "splits" / (to_word(split) + ".txt");
    std::error_code ignored;
    if (!fs::exists(file, ignored)) continue;
    std::istringstream lines(read_text_file(file, kMostListBytes));
    for (std::string line; std::getline(lines, line);) {
      while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
      if (!line.empty()) splits[fs::path(line).filename().native()] = split;
    }
  }
  return splits;
}

void add_fakes(const fs::path& root, std::vector<SourceEntry>& sources) {
  const std::map<std::string, Split> splits = listed_splits(root);
  for (const std::string& kind : names_in(root / kFakes)) {
    for (const std::string& name : names_in(root / kFakes / kind)) {
      if (!is_video_name(name)) continue;
      const std::string stem(stem_of(name));
      const std::size_t underscore = stem.find('_');
      SourceEntry source;
      source.file = fs::path(kFakes) / kind / name;
      source.label = 1;
      source.dataset = "deeperforensics";
      source.method = printable(kind);
      source.video = printable(stem);
      source.target_identity = printable(stem.substr(0, underscore));
      if (underscore != std::string::npos) source.source_identity = printable(stem.substr(underscore + 1));
      if (const auto split = splits.find(name); split != splits.end()) source.split = split->second;
      sources.push_back(std::move(source));
    }
  }
}

void add_actor(const fs::path& root, const fs::path& folder, const std::string& actor, int depth,
               std::vector<SourceEntry>& sources) {
  for (const std::string& name : names_in(root / folder)) {
    std::error_code ignored;
    if (fs::is_directory(fs::symlink_status(root / folder / name, ignored))) {
      if (depth < kDeepest) add_actor(root, folder / name, actor, depth + 1, sources);
      continue;
    }
    if (!is_video_name(name)) continue;
    SourceEntry source;
    source.file = folder / name;
    source.dataset = "deeperforensics";
    source.method = "real";
    source.video = printable((folder / stem_of(name)).lexically_relative(kActors).generic_string());
    source.target_identity = printable(actor);
    sources.push_back(std::move(source));
  }
}

}  // namespace

LayoutMatch DeeperForensicsLayout::match(const fs::path& root) const {
  std::error_code ignored;
  const bool fits = fs::is_directory(root / kFakes, ignored);
  return {fits, "manipulated_videos/", fits ? "" : "no such folder"};
}

std::vector<SourceEntry> DeeperForensicsLayout::list(const fs::path& root) const {
  std::vector<SourceEntry> sources;
  add_fakes(root, sources);
  for (const std::string& actor : names_in(root / kActors))
    add_actor(root, fs::path(kActors) / actor, actor, 0, sources);
  finish_sources(root, sources);
  return sources;
}

}  // namespace unmask
