#include "data/prepare/prepare_listing.h"

#include <sys/stat.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "base/durable_file.h"
#include "base/error.h"
#include "data/faces/face_finder.h"
#include "data/layouts/layout.h"
#include "data/prepare/prepare_probe.h"
#include "data/printable.h"
#include "data/store/crop_store.h"
#include "data/store_paths.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

constexpr char kPublishedLayout[] = "published";

const Layout& layout_of(const PrepareOptions& options) {
  if (!options.layout.empty()) return named_layout(options.layout);
  return options.datasets.empty() ? recognise_layout(options.root) : named_layout(kPublishedLayout);
}

PrepareSource source_of(const fs::path& folder, SourceEntry entry) {
  if (entry.file.is_absolute()) {
    const fs::path below = entry.file.lexically_relative(folder);
    if (!below.empty() && *below.begin() != "..") entry.file = below;
  }
  PrepareSource source{std::move(entry), 0, 0, 0};
  const fs::path file = folder / source.entry.file;
  struct stat info {};
  if (stat(file.c_str(), &info) != 0) return source;
  source.type = info.st_mode & S_IFMT;
  source.bytes = S_ISREG(info.st_mode) ? static_cast<std::uint64_t>(info.st_size) : 0;
  source.time_ns = info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec;
  return source;
}

void refuse_nothing(const PrepareOptions& options, const Layout& layout) {
  throw Error(ErrorKind::kData, printable(tree_of(options)) + ": no video and no frame in this tree of layout \"" +
                                    std::string(layout.name()) + "\" (docs/dataset_layouts.md)");
}

void require_names(const PrepareOptions& options, const std::vector<PrepareDataset>& datasets) {
  std::string there;
  for (const PrepareDataset& dataset : datasets) there += (there.empty() ? "" : ", ") + dataset.name;
  for (const std::string& name : options.names) {
    const bool found = std::ranges::any_of(datasets, [&](const PrepareDataset& d) { return d.name == name; });
    if (found) continue;
    throw Error(ErrorKind::kData, printable(tree_of(options)) + ": no dataset \"" + name +
                                      "\", which prepare.names asks for; there are: " + there);
  }
}

/// A source's part of the plan's digest. Size and time stand for the file's content.
std::string source_text(const PrepareOptions& options, const PrepareSource& source) {
  const SourceEntry& entry = source.entry;
  std::string text;
  for (const std::string& part :
       {entry.file.native(), entry.method, entry.compression, entry.video, entry.target_identity, entry.source_identity,
        entry.mask.native(), entry.split ? to_word(*entry.split) : std::string(),
        to_text(rule_of(options, entry.dataset, entry.method, entry.kind == SourceKind::kVideo))}) {
    text += part + '\0';
  }
  for (const std::uint64_t number :
       {std::uint64_t{entry.label}, static_cast<std::uint64_t>(entry.kind), std::uint64_t{entry.frame},
        std::uint64_t{source.type}, source.bytes, static_cast<std::uint64_t>(source.time_ns)}) {
    text += std::to_string(number) + ' ';
  }
  return text;
}

/// Of all that decides a part's bytes.
std::string plan_digest(const PrepareListing& listing, const PrepareDataset& dataset) {
  Digest128Stream digest;
  digest.update(preprocessing_of(listing, dataset) + "\n" + std::to_string(listing.options.unit_frames) + "\n" +
                dataset.name + "\n");
  for (std::size_t i = 0; i < dataset.count; ++i) {
    digest.update(source_text(listing.options, listing.sources[dataset.first + i]));
  }
  return to_hex(digest.digest());
}

bool is_done(const PrepareListing& listing, const PrepareDataset& dataset) {
  const fs::path made = prepared_path(listing.options.stores, dataset.name), mark = plan_file(listing, dataset);
  std::error_code ignored;
  if (!fs::is_regular_file(made, ignored) || !fs::is_regular_file(mark, ignored)) return false;
  try {
    return read_text_file(mark, 1000) == dataset.digest + "\n" && CropStore(made).size() > 0;
  } catch (const Error&) {
    return false;  // damaged: made anew
  }
}

}  // namespace

PrepareListing list_sources(const PrepareOptions& options) {
  const fs::path tree = tree_of(options);
  std::error_code error;
  const fs::file_status status = fs::status(tree, error);
  if (!fs::exists(status)) {
    throw Error(ErrorKind::kData, printable(tree.native()) + ": no such folder or list" +
                                      (error ? ": " + error.message() : std::string()));
  }
  const Layout& layout = layout_of(options);
  PrepareListing listing{
      options,
      std::string(layout.name()),
      fs::is_directory(status) ? tree : tree.parent_path(),
      FaceFinder({options.detector, options.detector_model, options.upsample, options.detect_short_side_px},
                 options.faces)
          .version(),
      {},
      {}};
  std::vector<PrepareDataset> all;
  for (SourceEntry& entry : layout.list(tree)) {
    if (all.empty() || all.back().name != entry.dataset) all.push_back({entry.dataset, 0, 0, "", false});
    if (!options.names.empty() && std::ranges::find(options.names, entry.dataset) == options.names.end()) continue;
    if (all.back().count++ == 0) all.back().first = listing.sources.size();
    listing.sources.push_back(source_of(listing.folder, std::move(entry)));
  }
  require_names(options, all);
  if (listing.sources.empty()) refuse_nothing(options, layout);
  for (PrepareDataset& dataset : all) {
    if (dataset.count == 0) continue;
    dataset.digest = plan_digest(listing, dataset);
    dataset.done = is_done(listing, dataset);
    listing.datasets.push_back(std::move(dataset));
  }
  return listing;
}

std::vector<std::string> unused_rules(const PrepareListing& listing) {
  std::vector<std::string> unused;
  for (const std::string& name : ruled_names(listing.options)) {
    const bool is_used = std::ranges::any_of(listing.sources, [&](const PrepareSource& source) {
      return source.entry.dataset == name || source.entry.method == name;
    });
    if (!is_used) unused.push_back(name);
  }
  return unused;
}

std::string listing_text(const PrepareListing& listing) {
  using nlohmann::json;
  json sources = json::array(), datasets = json::array();
  for (const PrepareSource& source : listing.sources) {
    const SourceEntry& e = source.entry;
    sources.push_back({e.file.native(), static_cast<int>(e.kind), e.label, e.dataset, e.method, e.compression, e.video,
                       e.target_identity, e.source_identity, e.frame, e.split ? static_cast<int>(*e.split) : -1,
                       e.mask.native(), source.type, source.bytes, source.time_ns});
  }
  for (const PrepareDataset& d : listing.datasets) datasets.push_back({d.name, d.first, d.count, d.digest, d.done});
  const std::vector<std::uint8_t> bytes = json::to_cbor(
      {listing.layout, listing.folder.native(), listing.detector_version, std::move(sources), std::move(datasets)});
  return {bytes.begin(), bytes.end()};
}

PrepareListing listing_from(const PrepareOptions& options, const std::string& text) {
  using nlohmann::json;
  try {
    const json parts = json::from_cbor(text.begin(), text.end());
    PrepareListing listing{
        options, parts.at(0).get<std::string>(), parts.at(1).get<std::string>(), parts.at(2).get<std::string>(), {},
        {}};
    for (const json& s : parts.at(3)) {
      SourceEntry e{s.at(0).get<std::string>(),
                    static_cast<SourceKind>(s.at(1).get<int>()),
                    s.at(2),
                    s.at(3),
                    s.at(4),
                    s.at(5),
                    s.at(6),
                    s.at(7),
                    s.at(8),
                    s.at(9),
                    {},
                    s.at(11).get<std::string>()};
      if (const int split = s.at(10); split >= 0) e.split = static_cast<Split>(split);
      listing.sources.push_back({std::move(e), s.at(12), s.at(13), s.at(14)});
    }
    for (const json& d : parts.at(4)) listing.datasets.push_back({d.at(0), d.at(1), d.at(2), d.at(3), d.at(4)});
    return listing;
  } catch (const json::exception& error) {
    throw Error(ErrorKind::kFailed, std::string("a listing of sources can't be read: ") + error.what());
  }
}

PreparePlan plan_prepare(const PrepareOptions& options) {
  PrepareListing listing = list_sources(options);
  std::vector<SourceFacts> facts = facts_from(listing, {probe_sources(listing, 0, 1, {})});
  PreparePlan plan = make_plan(std::move(listing), std::move(facts));
  mark_there(plan, parts_there(plan));
  return plan;
}

}  // namespace unmask
