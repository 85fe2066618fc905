#include "data/layouts/dfdc_layout.h"

#include <system_error>

#include "base/error.h"
#include "data/layouts/json_list.h"
#include "data/layouts/layout_tree.h"
#include "data/printable.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

constexpr char kMetadata[] = "metadata.json", kPreview[] = "dataset.json";

bool is_fake(const fs::path& file, const std::string& video, const nlohmann::json& facts) {
  const std::string label = text_at(facts, "label");
  if (label == "FAKE" || label == "fake") return true;
  if (label == "REAL" || label == "real") return false;
  throw Error(ErrorKind::kData, printable(file.native()) + ": " + printable(video) +
                                    ": wanted \"label\": \"FAKE\" or \"REAL\", got \"" + printable(label) + "\"");
}

nlohmann::json read_object(const fs::path& file) {
  nlohmann::json json = read_json_list(file);
  if (!json.is_object())
    throw Error(ErrorKind::kData, printable(file.native()) + ": wanted an object with a key for each video");
  return json;
}

void add_part(const fs::path& root, const fs::path& part, std::vector<SourceEntry>& sources) {
  const fs::path file = root / part / kMetadata;
  const nlohmann::json metadata = read_object(file);
  for (const std::string& name : names_in(root / part)) {
    const auto facts = metadata.find(name);
    if (facts == metadata.end()) continue;
    SourceEntry source;
    source.file = part / name;
    source.label = is_fake(file, name, *facts) ? 1 : 0;
    source.dataset = "dfdc";
    source.method = source.label == 1 ? "dfdc" : "real";
    source.video = printable(stem_of(name));
    const std::string original = text_at(*facts, "original");
    source.target_identity = source.label == 1 && !original.empty() ? printable(stem_of(original)) : source.video;
    sources.push_back(std::move(source));
  }
}

void add_preview(const fs::path& root, std::vector<SourceEntry>& sources) {
  const fs::path file = root / kPreview;
  const nlohmann::json list = read_object(file);
  std::error_code ignored;
  for (const auto& [name, facts] : list.items()) {
    SourceEntry source;
    source.file = path_below(file, name);
    if (!fs::exists(root / source.file, ignored)) continue;
    source.label = is_fake(file, name, facts) ? 1 : 0;
    source.dataset = "dfdc_preview";
    source.method = source.label == 1 ? "dfdc_preview" : "real";
    source.video = printable(stem_of(name));
    const std::string target = text_at(facts, "target_id"), swapped = text_at(facts, "swapped_id");
    source.target_identity = target.empty() ? source.video : printable(target);
    if (source.label == 1) source.source_identity = printable(swapped);
    const std::string set = text_at(facts, "set");
    if (!set.empty()) source.split = set == "test" ? Split::kTest : Split::kTrain;
    sources.push_back(std::move(source));
  }
}

/// The folders with a metadata.json: ROOT itself, or those in it.
std::vector<fs::path> parts_of(const fs::path& root) {
  std::error_code ignored;
  if (fs::exists(root / kMetadata, ignored)) return {""};
  std::vector<fs::path> parts;
  for (const std::string& name : names_in(root)) {
    if (fs::exists(root / name / kMetadata, ignored)) parts.emplace_back(name);
  }
  return parts;
}

}  // namespace

LayoutMatch DfdcLayout::match(const fs::path& root) const {
  std::error_code ignored;
  if (!fs::is_directory(root, ignored)) return {false, "metadata.json", "no folder"};
  const bool fits = fs::exists(root / kPreview, ignored) || !parts_of(root).empty();
  return {fits, "metadata.json here or in the folders here, or dataset.json", fits ? "" : "none"};
}

std::vector<SourceEntry> DfdcLayout::list(const fs::path& root) const {
  std::vector<SourceEntry> sources;
  std::error_code ignored;
  if (fs::exists(root / kPreview, ignored)) add_preview(root, sources);
  for (const fs::path& part : parts_of(root)) add_part(root, part, sources);
  finish_sources(root, sources);
  return sources;
}

}  // namespace unmask
