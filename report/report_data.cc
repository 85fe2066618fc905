#include "report/report_data.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "base/number_text.h"
#include "model/score/dataset_scores.h"
#include "report/cautions.h"
#include "report/data_uri.h"
#include "report/importance.h"
#include "sweep/plan/stopping.h"

namespace unmask {
namespace {

using nlohmann::ordered_json;

/// Six digits: what a picture or a cell can show.
ordered_json short_number(const std::optional<double>& value) {
  if (!value || !std::isfinite(*value)) return nullptr;
  if (*value == 0) return 0.0;
  const double unit = std::pow(10.0, 5 - std::floor(std::log10(std::abs(*value))));
  return std::round(*value * unit) / unit;
}

ordered_json scores_of(const DatasetScores& scores) {
  ordered_json json = ordered_json::object();
  for (const ScoreKind& kind : kScores) json[kind.name] = short_number(scores.*kind.member);
  return json;
}

ordered_json point_of(const SpacePoint& point) {
  ordered_json json = ordered_json::object();
  for (const auto& [key, toml] : point) {
    ordered_json value = ordered_json::parse(toml, nullptr, false);
    json[key] = value.is_discarded() ? ordered_json(toml) : value;
  }
  return json;
}

/// Columns, so that names stand once: {"epoch": [1, 2], …, "val": {"base": {"loss": [0.7, 0.6]}}}.
ordered_json curve_of(const std::vector<EpochRow>& history) {
  ordered_json curve = {{"epoch", ordered_json::array()},
                        {"lr", ordered_json::array()},
                        {"train_loss", ordered_json::array()},
                        {"train_accuracy", ordered_json::array()},
                        {"val", ordered_json::object()}};
  for (const EpochRow& row : history) {
    curve["epoch"].push_back(row.epoch);
    curve["lr"].push_back(short_number(row.lr));
    curve["train_loss"].push_back(short_number(row.train_loss));
    curve["train_accuracy"].push_back(short_number(row.train_accuracy));
    for (const DatasetScores& scores : row.val) {
      for (const ScoreKind& kind : kScores)
        curve["val"][scores.dataset][kind.name].push_back(short_number(scores.*kind.member));
    }
  }
  return curve;
}

ordered_json rungs_of(const ReportedRun& run, const SweepTrial& trial) {
  ordered_json rungs = ordered_json::array();
  const std::vector<int> epochs = rung_epochs(run.sweep, trial.brief.epochs, trial.brief.peak_fraction);
  for (const PassedRung& rung : trial.record.rungs) {
    const auto number = static_cast<std::size_t>(rung.rung);
    rungs.push_back({{"epoch", number < epochs.size() ? ordered_json(epochs[number]) : nullptr},
                     {"goes_on", rung.goes_on},
                     {"value", short_number(rung.value)}});
  }
  return rungs;
}

std::optional<double> number_of(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(std::stod(text));
}

/// A trial with its place among its like, and its point's mean.
ordered_json trial_json(const ReportedRun& run, const SweepTrial& trial, int rank, int point,
                        const RankedPoint& seeds) {
  const auto& [record, brief] = trial;
  ordered_json test = ordered_json::object();
  for (const DatasetScores& scores : record.test) test[scores.dataset] = scores_of(scores);
  ordered_json added = ordered_json::object();
  for (const AddedStore& store : run.added) {
    if (const auto found = store.trials.find(record.id); found != store.trials.end())
      added[store.name()] = scores_of(found->second.scores);
  }
  return {{"id", record.id},
          {"state", to_word(record.state)},
          {"reason", record.reason},
          {"seed", brief.seed},
          {"init", brief.init},
          {"train", brief.train},
          {"point", point_of(record.point)},
          {"point_id", point},
          {"epochs", brief.epochs},
          {"best_epoch", record.best_epoch},
          {"objective", short_number(number_of(record.objective))},
          {"rank", rank},
          {"mean", short_number(seeds.mean)},
          {"spread", short_number(seeds.spread)},
          {"n", seeds.seeds},
          {"starts", record.starts},
          {"rungs", rungs_of(run, trial)},
          {"test", test},
          {"added", added},
          {"curve", curve_of(record.history)}};
}

ordered_json trials_json(const ReportedRun& run) {
  std::map<int, ordered_json> by_id;
  std::map<int, const SweepTrial*> trials;
  for (const SweepTrial& trial : run.trials) trials[trial.record.id] = &trial;
  int rank = 0, point = 0;
  for (const RankedPoint& seeds : ranked_points(ranked(run.trials))) {
    for (const int id : seeds.trials) by_id[id] = trial_json(run, *trials.at(id), ++rank, point, seeds);
    ++point;
  }
  ordered_json list = ordered_json::array();
  for (auto& [id, json] : by_id) list.push_back(std::move(json));
  return list;
}

ordered_json leases_json(const std::vector<LeaseSpan>& spans) {
  ordered_json list = ordered_json::array();
  for (const LeaseSpan& span : spans) {
    const LeaseTiming& lease = span.lease;
    list.push_back({{"trial", lease.trial},
                    {"attempt", lease.attempt},
                    {"ranks", lease.ranks},
                    {"host", lease.host},
                    {"from_step", lease.from_step},
                    {"to_step", lease.to_step},
                    {"begin_s", span.begin_s},
                    {"end_s", span.end_s},
                    {"end", lease.end}});
  }
  return list;
}

ordered_json ranks_json(const std::vector<RankStatus>& ranks) {
  ordered_json list = ordered_json::array();
  for (const RankStatus& rank : ranks) {
    list.push_back({{"rank", rank.rank},
                    {"host", rank.host},
                    {"load_s", rank.seconds.load_s},
                    {"compute_s", rank.seconds.compute_s},
                    {"exposed_s", rank.seconds.exposed_s},
                    {"optimizer_s", rank.seconds.optimizer_s},
                    {"lease_s", rank.seconds.lease_s},
                    {"idle_s", rank.seconds.idle_s}});
  }
  return list;
}

ordered_json importance_json(const ReportedRun& run) {
  const Importance importance = parameter_importance(run.sweep.space, run.trials);
  ordered_json keys = ordered_json::array();
  for (const KeyImportance& key : importance.keys)
    keys.push_back({{"key", key.key}, {"mean", short_number(key.mean)}, {"spread", short_number(key.spread)}});
  return {{"explained", short_number(importance.explained)}, {"trials", importance.trials}, {"keys", keys}};
}

ordered_json crops_json(const std::vector<ReportedCrop>& crops) {
  ordered_json list = ordered_json::array();
  for (const ReportedCrop& crop : crops) {
    list.push_back({{"kind", to_word(crop.kind)},
                    {"dataset", crop.frame.dataset},
                    {"method", crop.frame.method},
                    {"label", crop.frame.label},
                    {"video", crop.frame.video},
                    {"frame", crop.frame.frame},
                    {"score", short_number(crop.score)},
                    {"jpeg", data_uri("image/jpeg", crop.jpeg)}});
  }
  return list;
}

ordered_json siblings_json(const std::vector<ReportedSibling>& siblings) {
  ordered_json list = ordered_json::array();
  for (const ReportedSibling& one : siblings) {
    list.push_back({{"name", one.name},
                    {"href", one.href},
                    {"state", one.state},
                    {"trials", one.trials},
                    {"objective", one.objective},
                    {"best", short_number(one.best)}});
  }
  return list;
}

std::string objective_words(const Objective& objective) {
  if (objective.over == Objective::Over::kDataset) return objective.metric + " on " + objective.dataset;
  return std::string(objective.over == Objective::Over::kWorst ? "worst " : "mean ") + objective.metric +
         " of the datasets trained on";
}

ordered_json parsed_or_null(const std::string& json) { return json.empty() ? nullptr : ordered_json::parse(json); }

}  // namespace

std::set<std::string> numerics_of(const ReportedRun& run) {
  std::set<std::string> classes;
  for (const auto& [record, brief] : run.trials) classes.insert(record.numerics.begin(), record.numerics.end());
  return classes;
}

ReportedSibling sibling_of(const ReportedRun& run, const std::string& href) {
  ReportedSibling sibling{.name = run.name.empty() ? run.folder : run.name,
                          .href = href,
                          .state = run.status.run_state,
                          .objective = objective_words(run.objective),
                          .trials = run.trials.size()};
  const std::vector<RankedTrial> all = ranked(run.trials);
  const std::optional<int> choice = sweep_choice(all);
  for (const RankedPoint& point : ranked_points(all)) {
    if (choice && std::ranges::find(point.trials, *choice) != point.trials.end()) sibling.best = point.mean;
  }
  return sibling;
}

std::string report_json(const ReportedRun& run) {
  const std::vector<RankedTrial> all = ranked(run.trials);
  const ScoreKind* metric = find_score(run.objective.metric);
  ordered_json space = ordered_json::array(), scores = ordered_json::array();
  for (const SpaceKey& key : run.sweep.space) space.push_back({{"key", key.key}, {"kind", to_word(key.kind)}});
  for (const ScoreKind& kind : kScores) scores.push_back({{"name", kind.name}, {"larger", kind.larger_is_better}});
  const std::optional<int> choice = sweep_choice(all);
  ordered_json json = {{"format", "unmask.report.1"},
                       {"made", utc_now()},
                       {"reload_s", run.reload_s},
                       {"written_every_s", run.written_every_s},
                       {"folder", run.folder},
                       {"name", run.name},
                       {"notes", run.notes},
                       {"tags", run.tags},
                       {"state", run.status.run_state},
                       {"reason", run.status.reason},
                       {"elapsed_s", run.status.elapsed_s},
                       {"mode", run.status.mode},
                       {"objective", objective_words(run.objective)},
                       {"metric", run.objective.metric},
                       {"larger", metric == nullptr || metric->larger_is_better},
                       {"space", space},
                       {"scores", scores},
                       {"val", run.val},
                       {"test", run.test},
                       {"cautions", cautions(run)},
                       {"numerics", numerics_of(run)},
                       {"choice", choice ? ordered_json(*choice) : nullptr},
                       {"chosen", chosen_trials(all)},
                       {"calibration", run.calibration ? ordered_json::parse(to_json(*run.calibration)) : nullptr},
                       {"scored", parsed_or_null(run.scores_json)},
                       {"crops", crops_json(run.crops)},
                       {"crops_note", run.crops_note},
                       {"corruption", parsed_or_null(run.corruption_json)},
                       {"won_and_lost", parsed_or_null(run.won_and_lost_json)},
                       {"audit", run.audit},
                       {"siblings", siblings_json(run.siblings)},
                       {"trials", trials_json(run)},
                       {"importance", importance_json(run)},
                       {"leases", leases_json(run.leases)},
                       {"ranks", ranks_json(run.status.ranks)}};
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace unmask
