#include "data/split/split_stores.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "base/durable_file.h"
#include "base/error.h"
#include "base/table_text.h"
#include "data/printable.h"
#include "data/split/split_plan.h"
#include "data/store/crop_index.h"
#include "data/store/crop_store.h"
#include "data/store/crop_views.h"
#include "data/store_paths.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMadeByOlderPrepare =
    " has no prepared.crops: an older `unmask prepare` made its stores; run `unmask prepare` again, then split";

struct Dataset {
  std::string name;
  std::vector<SplitVideo> videos;
  std::vector<std::size_t> video_of_row;
  SplitPlan plan;
};

/// Folders of `stores` with any crops, by whether they hold a prepared.crops.
std::map<std::string, bool> datasets_in(const fs::path& stores) {
  std::error_code error;
  std::map<std::string, bool> found;
  for (const auto& folder : fs::directory_iterator(stores, error)) {
    const std::string name = folder.path().filename();
    if (!is_dataset_name(name)) continue;
    std::error_code ignored;
    if (fs::exists(prepared_path(stores, name), ignored)) {
      found[name] = true;
    } else if (std::ranges::any_of(words_of(Split()), [&](const auto& word) {
                 return fs::exists(store_path(stores, name, word.value), ignored);
               })) {
      found[name] = false;
    }
  }
  if (error)
    throw Error(ErrorKind::kData, printable(stores.native()) + ": no folder of crop stores: " + error.message());
  return found;
}

std::vector<std::string> chosen_datasets(const fs::path& stores, std::vector<std::string> wanted,
                                         std::vector<std::string>& said) {
  const std::map<std::string, bool> found = datasets_in(stores);
  std::ranges::sort(wanted);
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  std::string known;
  for (const auto& [name, is_prepared] : found) known += (known.empty() ? "" : ", ") + name;
  for (const std::string& name : wanted) {
    if (!found.contains(name)) {
      throw Error(ErrorKind::kUsage, "--dataset " + printable(name) + " isn't in " + printable(stores.native()) +
                                         (known.empty() ? ", which holds no crops" : "; there are " + known));
    }
    if (!found.at(name)) throw Error(ErrorKind::kData, "dataset " + name + kMadeByOlderPrepare);
  }
  if (!wanted.empty()) return wanted;
  for (const auto& [name, is_prepared] : found) {
    if (is_prepared) {
      wanted.push_back(name);
    } else {
      said.push_back("dataset " + name + kMadeByOlderPrepare);
    }
  }
  if (!wanted.empty()) return wanted;
  throw Error(ErrorKind::kData, printable(stores.native()) + ": no dataset with a prepared.crops" +
                                    (found.empty() ? "; run `unmask prepare` first"
                                                   : ": an older `unmask prepare` made " + known +
                                                         "; run `unmask prepare` again, then split"));
}

Dataset read_dataset(const fs::path& stores, const std::string& name) {
  Dataset dataset{name, {}, {}, {}};
  const CropStore prepared(prepared_path(stores, name));
  // Faces of one video may be of several people: then it is there once for each, bound by its name.
  using Key = std::tuple<std::uint8_t, Split, std::string, std::string, std::string, std::string, std::string>;
  std::map<Key, std::size_t> numbers;
  std::optional<VideoNames> last;
  Split last_split{};
  std::size_t number = 0;
  for (std::size_t row = 0; row < prepared.size(); ++row) {
    const VideoNames names = prepared.video_names(row);
    const Split split = prepared.split(row);
    if (names != last || split != last_split) {  // the frames of a video stand together
      const FrameInfo info = prepared.frame(row);
      const auto [at, is_new] = numbers.try_emplace(
          Key{info.label, split, info.method, info.compression, info.video, info.target_identity, info.source_identity},
          dataset.videos.size());
      if (is_new) {
        dataset.videos.push_back({info.label, info.method, info.compression, info.video, info.target_identity,
                                  info.source_identity, info.source, split, 0, 0});
      }
      number = at->second;
      last = names, last_split = split;
    }
    ++dataset.videos[number].rows;
    dataset.videos[number].crops += prepared.has_crop(row);
    dataset.video_of_row.push_back(number);
  }
  return dataset;
}

/// A store that holds crops itself can't be made again by `unmask split`.
void refuse_to_replace_stores(const fs::path& stores, const std::string& dataset) {
  for (const auto& [word, split] : words_of(Split())) {
    const fs::path path = store_path(stores, dataset, split);
    std::error_code ignored;
    if (!fs::exists(path, ignored)) continue;
    crop_layout::Header header{};
    try {
      header = read_crop_header(path, PositionalFile(path));
    } catch (const Error&) {
      continue;  // damaged: replaced
    }
    if (header.version > 1 && header.is_view != 0) continue;
    throw Error(ErrorKind::kData, path.string() +
                                      ": holds crops of its own, which a split would replace; move it away "
                                      "or remove it, then split again");
  }
}

void add_rows(TextTable& table, const Dataset& dataset) {
  for (const auto& [word, split] : words_of(Split())) {
    std::int64_t rows = 0, videos = 0, crops[2] = {};
    std::set<std::string> identities;
    for (std::size_t i = 0; i < dataset.videos.size(); ++i) {
      if (dataset.plan.splits[i] != split) continue;
      const SplitVideo& video = dataset.videos[i];
      ++videos;
      rows += video.rows;
      crops[video.label] += video.crops;
      identities.insert({video.target_identity, video.source_identity});
    }
    identities.erase("");
    if (videos == 0) continue;
    table.add({dataset.name, std::string(word), std::to_string(rows), std::to_string(videos),
               std::to_string(identities.size()), std::to_string(crops[0]), std::to_string(crops[1])});
  }
}

void write_views(const fs::path& stores, const Dataset& dataset) {
  std::vector<std::optional<Split>> splits;
  for (const std::size_t video : dataset.video_of_row) splits.push_back(dataset.plan.splits[video]);
  write_split_views(stores, dataset.name, splits);
}

}  // namespace

SplitReport split_stores(const fs::path& stores, const std::vector<std::string>& datasets,
                         const SplitOptions& options) {
  std::string faults;
  for (const std::string& fault : validate(options)) faults += (faults.empty() ? "" : "\n  ") + fault;
  if (!faults.empty()) throw Error(ErrorKind::kUsage, faults);
  SplitReport report;
  std::vector<Dataset> planned;
  for (const std::string& name : chosen_datasets(stores, datasets, report.said)) {
    refuse_to_replace_stores(stores, name);
    planned.push_back(read_dataset(stores, name));
    planned.back().plan = plan_split(name, planned.back().videos, options);
  }
  TextTable table({"dataset", "split", "rows", "videos", "identities", "real", "fake"});
  for (const Dataset& dataset : planned) {
    write_views(stores, dataset);
    add_rows(table, dataset);
    report.said.insert(report.said.end(), dataset.plan.said.begin(), dataset.plan.said.end());
  }
  report.table = table.text();
  return report;
}

}  // namespace unmask
