#include "launch/run/init_comparison.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/durable_file.h"
#include "base/error.h"
#include "base/fault_point.h"
#include "base/number_text.h"
#include "base/table_text.h"
#include "data/store/sample_list.h"
#include "data/store_paths.h"
#include "dist/loopback_communicator.h"
#include "launch/run/init_detector.h"
#include "launch/run/joined_scores.h"
#include "model/score/comparison.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr char kFormat[] = "unmask.init_comparison.1";
constexpr std::size_t kMostBytes = 16 << 20;

fs::path file_of(const RunFolder& folder) { return folder.chosen() / "against_init.json"; }

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

/// What is scored, in order, and what can't be.
struct ComparedStores {
  std::vector<fs::path> files;
  std::vector<std::string> missing;                    // "base/val": an old dataset without that store
  ordered_json fingerprints = ordered_json::object();  // "base/val" → hex
};

ComparedStores compared_stores(const DataOptions& data, const InitDetector& before) {
  ComparedStores compared;
  const auto add = [&](const std::string& dataset, Split split) {
    const fs::path file = store_path(data.stores, dataset, split);
    const std::string name = dataset + "/" + to_word(split);
    if (!fs::exists(file)) return compared.missing.push_back(name);
    compared.files.push_back(file);
    compared.fingerprints[name] = to_hex(CropStore(file).fingerprint());
  };
  for (const std::string& dataset : data.val) add(dataset, Split::kVal);
  for (const std::string& dataset : before.datasets) {
    if (!holds(data.val, dataset)) add(dataset, Split::kVal);
  }
  for (const std::string& dataset : data.test) add(dataset, Split::kTest);
  return compared;
}

/// All but the rows: what they are of.
ordered_json subject(const RunFolder& folder, const TrialOptions& options, const InitDetector& before,
                     const ComparedStores& compared) {
  return {{"format", kFormat},
          {"init", {{"model_digest", uncalibrated_digest(options.model.init)}, {"datasets", before.datasets}}},
          {"chosen",
           {{"model_digest", uncalibrated_digest(folder.chosen_model())},
            {"datasets", options.data.train},
            {"replay", options.data.replay}}},
          {"stores", compared.fingerprints},
          {"missing", compared.missing}};
}

ordered_json rows_of(const RunFolder& folder, const TrialOptions& options, const InitDetector& before,
                     const ComparedStores& compared, const CalibrationPlace& place, const std::atomic<bool>& stop) {
  const SampleList samples(compared.files);
  const ScoreOptions how = chosen_scoring(options, place);
  const auto scored = [&](const fs::path& model) {
    return join_scores(
        samples, fake_probabilities(model, samples, *make_loopback_communicator(), how, [&] { return stop.load(); }));
  };
  const auto rows = compare_frames(scored(folder.chosen_model()), scored(options.model.init));
  ordered_json json = ordered_json::parse(comparison_json(rows));
  for (ordered_json& row : json) {
    const std::string dataset = row.at("dataset");
    row["standing"] = holds(before.datasets, dataset) ? "old" : holds(options.data.train, dataset) ? "new" : "other";
  }
  return json;
}

std::string cell(const ordered_json& value) { return value.is_number() ? fixed_text(value.get<double>(), 4) : "-"; }

std::string verdict(const ordered_json& interval) {
  if (!interval.is_array()) return "";
  return interval.at(0).get<double>() > 0 ? "won" : interval.at(1).get<double>() < 0 ? "lost" : "";
}

std::string text_of(const ordered_json& json) {
  TextTable table({"dataset", "split", "is", "videos", "clusters", "before", "now", "difference", "95%", ""});
  for (const ordered_json& row : json.at("rows")) {
    if (row.at("group") != "all") continue;
    const ordered_json& auc = row.at("by_video").at("auc");
    const ordered_json& interval = auc.at("interval");
    table.add({row.at("dataset"), row.at("split"), row.at("standing"), row.at("videos").dump(),
               row.at("clusters").dump(), cell(auc.at("theirs")), cell(auc.at("ours")), cell(auc.at("difference")),
               interval.is_array() ? cell(interval.at(0)) + " to " + cell(interval.at(1)) : "-", verdict(interval)});
  }
  std::string text = "won and lost against the detector that it began with, AUC by video:\n" + table.text() +
                     "\nold: that detector was trained on it; the interval is of the paired difference, over clusters "
                     "of videos. A val split of data.train also chose the epoch.";
  for (const auto& missing : json.at("missing"))
    text += "\nnot known: " + missing.get<std::string>() + ".crops isn't in data.stores";
  return text;
}

}  // namespace

void compare_with_init(const RunFolder& folder, const CalibrationPlace& place, const std::atomic<bool>& stop,
                       const Note& note) {
  if (!fs::exists(folder.chosen_model())) return;
  try {
    const TrialOptions options = chosen_options(folder);
    const auto before = init_detector(options.model.init);
    if (!before) return;
    fault_point("compare with init");
    const ComparedStores compared = compared_stores(options.data, *before);
    ordered_json json = subject(folder, options, *before, compared);
    if (fs::exists(file_of(folder))) {
      ordered_json there = ordered_json::parse(read_text_file(file_of(folder), kMostBytes), nullptr, false);
      if (there.is_object() && there.erase("rows") == 1 && there == json) return;
    }
    json["rows"] = rows_of(folder, options, *before, compared, place, stop);
    write_file_durably(file_of(folder), json.dump(1) + "\n");
  } catch (const std::exception& error) {
    note(file_of(folder).string() + " was not made: " + error.what());
  }
}

std::string init_comparison_text(const RunFolder& folder) {
  if (!fs::exists(file_of(folder))) return "";
  try {
    const ordered_json json = ordered_json::parse(read_text_file(file_of(folder), kMostBytes));
    if (json.at("chosen").at("model_digest") != uncalibrated_digest(folder.chosen_model())) return "";
    return text_of(json);
  } catch (const std::exception& error) {
    return file_of(folder).string() + " can't be read: " + error.what();
  }
}

}  // namespace unmask
