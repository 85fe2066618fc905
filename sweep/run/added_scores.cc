#include "sweep/run/added_scores.h"

#include <algorithm>
#include <filesystem>
#include <tuple>

#include <nlohmann/json.hpp>

#include "base/durable_file.h"
#include "base/error.h"
#include "base/number_text.h"
#include "base/table_text.h"

namespace unmask {
namespace {

using nlohmann::ordered_json;

constexpr char kFormat[] = "unmask.added_scores.1";
constexpr std::size_t kMostBytes = 256 << 20;

auto place_of(const AddedStore& store) { return std::tie(store.dataset, store.split); }

std::string cell(const DatasetScores& scores, const ScoreKind& kind) {
  const std::optional<double>& value = scores.*kind.member;
  return value ? fixed_text(*value, 4) : "-";
}

AddedStore store_from(const ordered_json& json) {
  AddedStore store;
  store.dataset = json.at("dataset").get<std::string>();
  store.split = json.at("split").get<std::string>();
  store.fingerprint = json.at("fingerprint").get<std::string>();
  for (const ordered_json& trial : json.at("trials")) {
    const std::vector<DatasetScores> rows = scores_from_json(ordered_json::array({trial.at("scores")}).dump());
    store.trials[trial.at("trial").get<int>()] = {trial.at("model_digest").get<std::string>(), rows.at(0)};
  }
  return store;
}

}  // namespace

AddedScores read_added_scores(const RunFolder& folder) {
  std::error_code none;
  if (!std::filesystem::exists(folder.added_scores(), none)) return {};
  const std::string text = read_text_file(folder.added_scores(), kMostBytes);
  AddedScores added;
  try {
    const ordered_json json = ordered_json::parse(text);
    if (json.at("format") != kFormat) throw Error(ErrorKind::kData, "its format is not " + std::string(kFormat));
    for (const ordered_json& store : json.at("stores")) {
      const AddedStore read = store_from(store);
      added_store(added, read).trials = read.trials;
    }
  } catch (const std::exception& error) {
    throw Error(ErrorKind::kData, folder.added_scores().string() + ": is damaged: " + error.what() +
                                      "; remove it and score again (unmask evaluate RUN --all-trials STORE...)");
  }
  return added;
}

void write_added_scores(const RunFolder& folder, const AddedScores& added) {
  ordered_json stores = ordered_json::array();
  for (const AddedStore& store : added) {
    ordered_json trials = ordered_json::array();
    for (const auto& [id, trial] : store.trials) {
      trials.push_back({{"trial", id},
                        {"model_digest", trial.model_digest},
                        {"scores", ordered_json::parse(scores_json({trial.scores})).at(0)}});
    }
    stores.push_back(
        {{"dataset", store.dataset}, {"split", store.split}, {"fingerprint", store.fingerprint}, {"trials", trials}});
  }
  const ordered_json json = {{"format", kFormat}, {"stores", stores}};
  write_file_durably(folder.added_scores(), json.dump(1) + "\n");
}

AddedStore& added_store(AddedScores& added, const AddedStore& wanted) {
  auto place = std::ranges::lower_bound(added, place_of(wanted), {}, place_of);
  if (place == added.end() || place_of(*place) != place_of(wanted))
    place = added.insert(place, {wanted.dataset, wanted.split, wanted.fingerprint});
  if (place->fingerprint != wanted.fingerprint) *place = {wanted.dataset, wanted.split, wanted.fingerprint};
  return *place;
}

MoreColumns added_columns(const std::vector<SweepTrial>& trials, const AddedScores& added) {
  MoreColumns more;
  for (const AddedStore& store : added) {
    more.header += "," + score_columns(store.name() + ".");
    for (const SweepTrial& trial : trials) {
      const auto found = store.trials.find(trial.record.id);
      more.cells[trial.record.id] +=
          "," + score_cells(found == store.trials.end() ? DatasetScores() : found->second.scores);
    }
  }
  return more;
}

std::string added_text(const std::vector<SweepTrial>& trials, const AddedScores& added, const std::string& metric) {
  const ScoreKind& main = *find_score(metric);
  const ScoreKind& accuracy = *find_score("balanced_accuracy");
  std::vector<std::string> header = {"trial", "chosen", "trained on", "objective"};
  for (const AddedStore& store : added) {
    header.push_back(store.name() + " " + main.name);
    if (&main != &accuracy) header.push_back(store.name() + " " + accuracy.name);
  }
  TextTable table(header);
  const std::vector<int> chosen = chosen_trials(ranked(trials));
  for (const auto& [record, brief] : trials) {
    const auto scored = [id = record.id](const AddedStore& store) { return store.trials.contains(id); };
    if (std::ranges::none_of(added, scored)) continue;
    std::vector<std::string> row = {
        trial_number(record.id), std::ranges::find(chosen, record.id) != chosen.end() ? "chosen" : "",
        train_set(brief.train), record.objective.empty() ? "-" : fixed_text(std::stod(record.objective), 4)};
    for (const AddedStore& store : added) {
      const auto found = store.trials.find(record.id);
      for (const ScoreKind* kind : {&main, &accuracy}) {
        if (kind == &accuracy && &main == &accuracy) continue;
        row.push_back(found == store.trials.end() ? "-" : cell(found->second.scores, *kind));
      }
    }
    table.add(row);
  }
  return table.text();
}

}  // namespace unmask
