#include "sweep/run/results.h"

#include <algorithm>
#include <cstdio>
#include <map>

#include <nlohmann/json.hpp>

#include "base/number_text.h"
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

std::string cell(const std::optional<double>& value) { return value ? number_text(*value) : ""; }

std::string short_number(const std::optional<double>& value) {
  if (!value) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.4f", *value);
  return text;
}

/// Trials differ by their seeds too: then a point's mean stands beside each one's own objective.
bool has_repeats(const std::vector<SweepTrial>& trials) {
  return std::ranges::any_of(trials, [](const SweepTrial& one) { return one.record.repeat > 0; });
}

/// Its scores count among the others'.
bool has_result(const TrialRecord& record) {
  return record.state == TrialState::kDone || record.state == TrialState::kStoppedEarly;
}

/// The point of each trial, by id.
std::map<int, RankedPoint> points_of(const std::vector<SweepTrial>& trials) {
  std::map<int, RankedPoint> points;
  for (const RankedPoint& point : ranked_points(ranked(trials))) {
    for (const int id : point.trials) points[id] = point;
  }
  return points;
}

/// The same where seeds differ; empty where every point has one.
std::map<int, RankedPoint> repeated_points(const std::vector<SweepTrial>& trials) {
  return has_repeats(trials) ? points_of(trials) : std::map<int, RankedPoint>();
}

/// What a point may show: one seed's score is not its own.
std::optional<double> shown_mean(const RankedPoint& point) { return point.seeds > 1 ? point.mean : std::nullopt; }

const SweepTrial& trial_of(const std::vector<SweepTrial>& trials, int id) {
  return *std::ranges::find(trials, id, [](const SweepTrial& one) { return one.record.id; });
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

ordered_json json_number(const std::optional<double>& value) { return value ? ordered_json(*value) : nullptr; }

/// How a trial among several seeds came to be chosen.
std::string chosen_words(const std::string& select) {
  return "the point of the best mean over its seeds, and of these the seed of the best " + select;
}

/// The mean over a point's seeds as people read it, of what `value` says of each.
template <typename Value>
std::string mean_text(const std::vector<SweepTrial>& trials, const RankedPoint& point, const Value& value) {
  std::vector<RankedTrial> seeds;
  for (const int id : point.trials) seeds.push_back({id, {}, value(trial_of(trials, id)), 0});
  const RankedPoint mean = ranked_points(seeds).front();
  return short_number(shown_mean(mean)) + " +- " + short_number(mean.spread) + " of " + std::to_string(mean.seeds);
}

/// `seeds`: of its point; null where every point has one.
ordered_json line_of(const SweepTrial& trial, const RankedPoint* seeds) {
  const auto& [record, brief] = trial;
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
  if (seeds != nullptr) {
    line["repeat"] = record.repeat;
    line["mean"] = json_number(shown_mean(*seeds));
    line["spread"] = json_number(seeds->spread);
    line["n"] = seeds->seeds;
  }
  return line;
}

std::string text_of(const ordered_json& line) {
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string results_csv(const std::vector<SweepTrial>& trials, const std::vector<std::string>& space_keys,
                        const std::vector<std::string>& val_datasets, const MoreColumns& more) {
  std::string columns = metrics_csv({}, val_datasets);
  columns.insert(columns.size() - 1, more.header);
  std::string csv = "trial,state,reason";
  for (const std::string& key : space_keys) csv += "," + csv_cell(key);
  const bool leaks = allow_leaks(trials);
  if (leaks) csv += ",leaks";
  const std::map<int, RankedPoint> points = repeated_points(trials);
  const bool repeats = !points.empty();
  csv += std::string(",seed,init,epochs,best_epoch,objective,") + (repeats ? "mean,spread,n," : "") + columns;
  for (const auto& [record, brief] : trials) {
    csv += std::to_string(record.id) + "," + to_word(record.state) + "," + csv_cell(record.reason);
    for (const std::string& key : space_keys) csv += "," + csv_cell(value_of(record.point, key));
    const bool known = !brief.config.empty();
    if (leaks) csv += brief.allows_leaks ? ",allowed" : ",";
    csv += "," + (known ? std::to_string(brief.seed) : "") + "," + csv_cell(brief.init) + "," +
           (known ? std::to_string(brief.epochs) : "") + "," +
           (record.best_epoch > 0 ? std::to_string(record.best_epoch) : "") + "," + record.objective + ",";
    if (repeats) {
      const RankedPoint& point = points.at(record.id);
      csv += cell(shown_mean(point)) + "," + cell(point.spread) + "," + std::to_string(point.seeds) + ",";
    }
    csv += best_cells(record, val_datasets) + (more.header.empty() ? "" : more.cells.at(record.id)) + "\n";
  }
  return csv;
}

std::string results_jsonl(const std::vector<SweepTrial>& trials) {
  const std::map<int, RankedPoint> points = repeated_points(trials);
  const bool repeats = !points.empty();
  std::string lines;
  for (const SweepTrial& trial : trials)
    lines += text_of(line_of(trial, repeats ? &points.at(trial.record.id) : nullptr));
  return lines;
}

std::string choice_json(const std::vector<SweepTrial>& trials, int id) {
  const SweepTrial& chosen = trial_of(trials, id);
  if (!has_repeats(trials)) return results_jsonl({chosen});
  const RankedPoint point = points_of(trials).at(id);
  ordered_json line = line_of(chosen, &point), seeds = ordered_json::array();
  for (const int other : point.trials) {
    const SweepTrial& seed = trial_of(trials, other);
    seeds.push_back({{"trial", other}, {"seed", seed.brief.seed}, {"objective", nullptr}});
    if (!seed.record.objective.empty()) seeds.back()["objective"] = std::stod(seed.record.objective);
  }
  line["chosen"] = chosen_words(chosen.brief.select);
  line["seeds"] = seeds;
  return text_of(line);
}

std::vector<RankedTrial> ranked(const std::vector<SweepTrial>& trials) {
  std::vector<RankedTrial> list;
  std::map<std::string, int> points;  // a grid's index changes as it grows: the values tell points apart
  for (const auto& [record, brief] : trials) {
    SpacePoint values = record.point;
    std::ranges::sort(values);
    const std::string name = record.drawn ? point_text(values) : "#" + std::to_string(record.point_index);
    RankedTrial trial{record.id, brief.train, std::nullopt};
    trial.point = points.emplace(name, static_cast<int>(points.size())).first->second;
    if (has_result(record) && !record.objective.empty()) trial.value = std::stod(record.objective);
    const EpochRow* best = best_epoch(record);
    if (best != nullptr && find_score(brief.select) != nullptr)
      trial.select = selected_value(*best, brief.train, brief.select);
    list.push_back(trial);
  }
  return list;
}

std::string trials_text(const std::vector<SweepTrial>& trials, const std::vector<SpaceKey>& space) {
  std::vector<std::string> header = {"trial", "state"};
  for (const SpaceKey& key : space) header.push_back(key.key);
  for (const char* column : {"seed", "epochs", "best epoch", "objective"}) header.emplace_back(column);
  const std::map<int, RankedPoint> points = repeated_points(trials);
  const bool repeats = !points.empty();
  if (repeats) header.insert(header.end(), {"mean", "spread", "n"});
  header.emplace_back("reason");
  TextTable table(header);
  for (const auto& [record, brief] : trials) {
    std::vector<std::string> row = {marked_number(record), to_word(record.state)};
    for (const SpaceKey& key : space) row.push_back(value_of(record.point, key.key));
    const bool known = !brief.config.empty();
    row.push_back(known ? std::to_string(brief.seed) : "");
    row.push_back(known ? std::to_string(brief.epochs) : "");
    row.push_back(record.best_epoch > 0 ? std::to_string(record.best_epoch) : "");
    row.push_back(record.objective.empty() ? "" : short_number(std::stod(record.objective)));
    if (repeats) {
      const RankedPoint& point = points.at(record.id);
      row.insert(row.end(), {short_number(shown_mean(point)), short_number(point.spread), std::to_string(point.seeds)});
    }
    row.push_back(record.reason);
    table.add(row);
  }
  return table.text() + mark_text(trials);
}

std::string choice_text(const std::vector<SweepTrial>& trials, const std::string& metric) {
  const std::vector<RankedTrial> all = ranked(trials);
  const std::vector<int> chosen = chosen_trials(all);
  if (chosen.empty()) return "no trial has a result: nothing was chosen";
  const std::map<int, RankedPoint> points = repeated_points(trials);
  const bool repeats = !points.empty();
  const auto own = [](const SweepTrial& one) -> std::optional<double> {
    if (one.record.objective.empty()) return std::nullopt;
    return std::stod(one.record.objective);
  };
  // Of one trial where every point has one seed, else the mean over the point's.
  const auto told = [&](int id, const auto& value) {
    return repeats ? mean_text(trials, points.at(id), value) : short_number(value(trial_of(trials, id)));
  };
  TextTable table({"chosen", "trained on", "objective", "scored on", metric, "best on target", "of trial"});
  for (const int id : chosen) {
    const SweepTrial& trial = trial_of(trials, id);
    const std::string set = train_set(trial.brief.train);
    for (const std::string& dataset : trial.brief.val) {
      const auto here = [&](const SweepTrial& one) { return value_on(one, dataset, metric); };
      const bool trained_on = std::ranges::find(trial.brief.train, dataset) != trial.brief.train.end();
      std::vector<RankedTrial> on_target;
      for (RankedTrial other : all) {
        const SweepTrial& one = trial_of(trials, other.id);
        if (train_set(one.brief.train) != set) continue;
        other.value = has_result(one.record) ? here(one) : std::nullopt;
        on_target.push_back(other);
      }
      const int best_id = ranking(on_target).front();
      table.add({marked_number(trial.record), set, told(id, own), dataset, told(id, here),
                 trained_on ? "" : told(best_id, here), trained_on ? "" : trial_number(best_id)});
    }
    for (const DatasetScores& test : trial.record.test) {
      table.add({marked_number(trial.record), set, told(id, own),
                 test.dataset + (repeats ? " (test, this seed alone)" : " (test)"),
                 short_number(compared_value(test, metric)), "", ""});
    }
  }
  const std::string words = repeats ? "\nchosen: " + chosen_words(trial_of(trials, chosen.front()).brief.select) +
                                          "; a +- b of n: mean, spread "
                                          "(standard deviation) and number of seeds"
                                    : "";
  return table.text() + words + mark_text(trials);
}

}  // namespace unmask
