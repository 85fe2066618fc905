#include "sweep/run/results.h"

#include <algorithm>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "base/table_text.h"

namespace unmask {
namespace {

using nlohmann::ordered_json;

const EpochRow* best_epoch(const TrialRecord& record) {
  const auto found = std::find_if(record.history.begin(), record.history.end(),
                                  [&](const EpochRow& row) { return row.epoch == record.best_epoch; });
  return found == record.history.end() ? nullptr : &*found;
}

std::string value_of(const SpacePoint& point, const std::string& key) {
  const auto found = std::find_if(point.begin(), point.end(), [&](const auto& pair) { return pair.first == key; });
  if (found == point.end()) return "";
  const std::string& toml = found->second;
  const bool plain_text = toml.size() >= 2 && toml.front() == '"' && toml.find('\\') == std::string::npos;
  return plain_text ? toml.substr(1, toml.size() - 2) : toml;
}

/// The line of metrics.csv, or as many empty cells.
std::string best_cells(const TrialRecord& record, const std::vector<std::string>& val_datasets) {
  const std::string csv = metrics_csv({}, val_datasets);
  const EpochRow* best = best_epoch(record);
  if (best == nullptr) return std::string(static_cast<std::size_t>(std::count(csv.begin(), csv.end(), ',')), ',');
  const std::string row = metrics_csv({*best}, val_datasets);
  return row.substr(csv.size(), row.size() - csv.size() - 1);
}

std::string short_number(const std::optional<double>& value) {
  if (!value) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.4f", *value);
  return text;
}

/// "0007", or "0007*" for a trial that was trained on several numerics classes.
std::string marked_number(const TrialRecord& record) {
  return trial_number(record.id) + (record.numerics.size() > 1 ? "*" : "");
}

bool allow_leaks(const std::vector<SweepTrial>& trials) {
  return std::ranges::any_of(trials, [](const SweepTrial& one) { return one.brief.allows_leaks; });
}

/// What the mark means, where a trial has it; and whether leaks are allowed.
std::string mark_text(const std::vector<SweepTrial>& trials) {
  const bool any = std::ranges::any_of(trials, [](const SweepTrial& one) { return one.record.numerics.size() > 1; });
  const std::string leaks = allow_leaks(trials) ? std::string("\n") + kLeaksText : "";
  return leaks +
         (any ? "\n* trained on machines that compute other bits (results.jsonl: numerics): another run may give other "
                "numbers"
              : "");
}

/// A dataset's value of the objective's metric in a trial's best epoch.
std::optional<double> value_on(const SweepTrial& trial, const std::string& dataset, const std::string& metric) {
  const EpochRow* best = best_epoch(trial.record);
  if (best == nullptr) return std::nullopt;
  return objective_value({Objective::Over::kDataset, dataset, metric}, *best, trial.brief.train);
}

}  // namespace

std::string results_csv(const std::vector<SweepTrial>& trials, const std::vector<std::string>& space_keys,
                        const std::vector<std::string>& val_datasets) {
  const std::string columns = metrics_csv({}, val_datasets);
  std::string csv = "trial,state,reason";
  for (const std::string& key : space_keys) csv += "," + csv_cell(key);
  const bool leaks = allow_leaks(trials);
  if (leaks) csv += ",leaks";
  csv += ",seed,init,epochs,best_epoch,objective," + columns;
  for (const auto& [record, brief] : trials) {
    csv += std::to_string(record.id) + "," + to_word(record.state) + "," + csv_cell(record.reason);
    for (const std::string& key : space_keys) csv += "," + csv_cell(value_of(record.point, key));
    const bool known = !brief.config.empty();
    if (leaks) csv += brief.allows_leaks ? ",allowed" : ",";
    csv += "," + (known ? std::to_string(brief.seed) : "") + "," + csv_cell(brief.init) + "," +
           (known ? std::to_string(brief.epochs) : "") + "," +
           (record.best_epoch > 0 ? std::to_string(record.best_epoch) : "") + "," + record.objective + "," +
           best_cells(record, val_datasets) + "\n";
  }
  return csv;
}

std::string results_jsonl(const std::vector<SweepTrial>& trials) {
  std::string lines;
  for (const auto& [record, brief] : trials) {
    ordered_json point = ordered_json::object(), rungs = ordered_json::array(), test = ordered_json::array();
    for (const auto& [key, toml] : record.point) {
      point[key] = ordered_json::parse(toml, nullptr, false);
      if (point[key].is_discarded()) point[key] = toml;
    }
    for (const PassedRung& rung : record.rungs) rungs.push_back({{"rung", rung.rung}, {"goes_on", rung.goes_on}});
    ordered_json line = {{"trial", record.id},
                         {"state", to_word(record.state)},
                         {"reason", record.reason},
                         {"point", point},
                         {"seed", brief.seed},
                         {"init", brief.init},
                         {"train", brief.train},
                         {"epochs", brief.epochs},
                         {"steps_per_epoch", brief.steps_per_epoch},
                         {"numerics", record.numerics},
                         {"best_epoch", nullptr},
                         {"objective", nullptr},
                         {"history", ordered_json::parse(history_json(record.history))},
                         {"rungs", rungs},
                         {"test", ordered_json::parse(scores_json(record.test))}};
    if (brief.allows_leaks) line["leaks"] = "allowed";
    if (record.best_epoch > 0) line["best_epoch"] = record.best_epoch;
    if (!record.objective.empty()) line["objective"] = std::stod(record.objective);
    lines += line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  }
  return lines;
}

std::vector<RankedTrial> ranked(const std::vector<SweepTrial>& trials) {
  std::vector<RankedTrial> list;
  for (const auto& [record, brief] : trials) {
    const bool counts = record.state == TrialState::kDone || record.state == TrialState::kStoppedEarly;
    RankedTrial trial{record.id, brief.train, std::nullopt};
    if (counts && !record.objective.empty()) trial.value = std::stod(record.objective);
    list.push_back(trial);
  }
  return list;
}

std::string trials_text(const std::vector<SweepTrial>& trials, const std::vector<SpaceKey>& space) {
  std::vector<std::string> header = {"trial", "state"};
  for (const SpaceKey& key : space) header.push_back(key.key);
  for (const char* column : {"seed", "epochs", "best epoch", "objective", "reason"}) header.emplace_back(column);
  TextTable table(header);
  for (const auto& [record, brief] : trials) {
    std::vector<std::string> row = {marked_number(record), to_word(record.state)};
    for (const SpaceKey& key : space) row.push_back(value_of(record.point, key.key));
    const bool known = !brief.config.empty();
    row.push_back(known ? std::to_string(brief.seed) : "");
    row.push_back(known ? std::to_string(brief.epochs) : "");
    row.push_back(record.best_epoch > 0 ? std::to_string(record.best_epoch) : "");
    row.push_back(record.objective.empty() ? "" : short_number(std::stod(record.objective)));
    row.push_back(record.reason);
    table.add(row);
  }
  return table.text() + mark_text(trials);
}

std::string choice_text(const std::vector<SweepTrial>& trials, const std::string& metric) {
  const std::vector<int> chosen = chosen_trials(ranked(trials));
  if (chosen.empty()) return "no trial has a result: nothing was chosen";
  TextTable table({"chosen", "trained on", "objective", "scored on", metric, "best on target", "of trial"});
  for (const int id : chosen) {
    const auto trial =
        std::find_if(trials.begin(), trials.end(), [&](const SweepTrial& one) { return one.record.id == id; });
    const std::string set = train_set(trial->brief.train);
    for (const std::string& dataset : trial->brief.val) {
      const auto mine = value_on(*trial, dataset, metric);
      const bool trained_on = std::ranges::find(trial->brief.train, dataset) != trial->brief.train.end();
      std::optional<double> best = mine;
      int best_id = id;
      for (const SweepTrial& other : trials) {
        const bool comparable =
            (other.record.state == TrialState::kDone || other.record.state == TrialState::kStoppedEarly) &&
            train_set(other.brief.train) == set;
        const auto value = comparable ? value_on(other, dataset, metric) : std::nullopt;
        if (value && (!best || *value > *best)) {
          best = value;
          best_id = other.record.id;
        }
      }
      table.add({marked_number(trial->record), set, short_number(std::stod(trial->record.objective)), dataset,
                 short_number(mine), trained_on ? "" : short_number(best), trained_on ? "" : trial_number(best_id)});
    }
    for (const DatasetScores& test : trial->record.test) {
      table.add({marked_number(trial->record), set, short_number(std::stod(trial->record.objective)),
                 test.dataset + " (test)", short_number(compared_value(test, metric)), "", ""});
    }
  }
  return table.text() + mark_text(trials);
}

}  // namespace unmask
