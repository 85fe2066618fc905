#include "sweep/run/results.h"

#include <algorithm>
#include <map>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/number_text.h"
#include "base/table_text.h"
#include "sweep/run/trial_log.h"

namespace unmask {
namespace {

DatasetScores scores(const std::string& dataset, double auc) { return {dataset, 0.5, 0.6, 0.6, 0.7, auc}; }

SweepTrial trial(int id, TrialState state, std::vector<std::string> train, double base, double augment) {
  SweepTrial made;
  made.record.id = id;
  made.record.state = state;
  made.record.point = {{"model.head", "\"hidden\""},
                       {"data.train", "[\"base\", \"augment\"]"},
                       {"optimizer.max_lr", std::to_string(id + 1) + "e-4"}};
  if (state != TrialState::kFailed) {
    made.record.history = {{1, 10, 1e-4, 0.7, 0.5, {scores("base", base), scores("augment", augment)}}};
    made.record.best_epoch = 1;
    double sum = 0;
    for (const std::string& name : train) sum += name == "base" ? base : augment;
    made.record.objective = number_text(sum / static_cast<double>(train.size()));
  }
  made.brief.config = "x";
  made.brief.train = std::move(train);
  made.brief.val = {"base", "augment"};
  made.brief.init = "random";
  made.brief.epochs = 3;
  return made;
}

std::vector<SweepTrial> some() {
  std::vector<SweepTrial> trials = {trial(0, TrialState::kDone, {"base"}, 0.8, 0.55),
                                    trial(1, TrialState::kDone, {"base"}, 0.9, 0.5),
                                    trial(2, TrialState::kFailed, {"base"}, 0, 0),
                                    trial(3, TrialState::kStoppedEarly, {"base", "augment"}, 0.7, 0.7)};
  trials[2].record.reason = "it said \"x\", then\nmore";
  return trials;
}

std::vector<std::vector<std::string>> cells_of(const std::string& csv) {
  std::vector<std::vector<std::string>> rows;
  std::string line;
  bool quoted = false;
  for (const char c : csv) {
    if (c == '"') quoted = !quoted;
    if (c == '\n' && !quoted) {
      rows.push_back(split_csv(line));
      line.clear();
    } else {
      line += c;
    }
  }
  return rows;
}

TEST(ResultsTest, CsvHasOneCellAColumnInEveryState) {
  const std::string csv = results_csv(some(), {"model.head", "data.train"}, {"base", "augment"});
  EXPECT_EQ(csv.find("trial,state,reason,model.head,data.train,seed,init,epochs,best_epoch,objective,epoch,step,"), 0u)
      << csv;
  const auto rows = cells_of(csv);
  ASSERT_EQ(rows.size(), 5u);
  for (const auto& row : rows) EXPECT_EQ(row.size(), rows[0].size()) << csv;
  EXPECT_EQ(rows[1][3], "hidden");
  EXPECT_EQ(rows[1][4], "[\"base\", \"augment\"]");
  EXPECT_EQ(rows[2][9], "0.9");
  EXPECT_EQ(rows[3][9], "");
  EXPECT_EQ(rows[3].back(), "");
  EXPECT_EQ(rows[4][1], "stopped");
}

TEST(ResultsTest, EveryTableTellsThatLeaksAreAllowed) {
  std::vector<SweepTrial> trials = some();
  const auto tells = [&](const std::string& text) { return text.find("leaks") != std::string::npos; };
  const auto tables = [&] {
    return std::vector<std::string>{results_csv(trials, {}, {"base", "augment"}), results_jsonl(trials),
                                    trials_text(trials, {}), choice_text(trials, "video_auc")};
  };
  for (const std::string& table : tables()) EXPECT_FALSE(tells(table)) << table;
  for (SweepTrial& each : trials) each.brief.allows_leaks = each.record.state != TrialState::kFailed;
  for (const std::string& table : tables()) EXPECT_TRUE(tells(table)) << table;
  const auto rows = cells_of(tables()[0]);
  for (const auto& row : rows) EXPECT_EQ(row.size(), rows[0].size());
  EXPECT_EQ(rows[0][3], "leaks");
  EXPECT_EQ(rows[1][3], "allowed");
}

/// The cell below each column of a text of two lines.
std::map<std::string, std::string> named_cells(const std::string& csv) {
  const auto rows = cells_of(csv);
  std::map<std::string, std::string> named;
  for (std::size_t i = 0; i < rows.at(0).size(); ++i) named[rows[0][i]] = rows.at(1).at(i);
  return named;
}

// Whoever adds a line to the table of scores has nothing else to do.
TEST(ResultsTest, EveryScoreIsWrittenEverywhereAndCanBeSelected) {
  SweepTrial scored = trial(0, TrialState::kDone, {"base"}, 0.5, 0.5);
  EpochRow& epoch = scored.record.history.at(0);
  scored.brief.val = {"base"};
  epoch.val.resize(1);
  double value = 0.25;
  for (const ScoreKind& score : kScores) epoch.val[0].*score.member = value += 1.0 / 64;
  scored.record.test = {epoch.val[0]};
  scored.record.test[0].dataset = "held";
  const auto metrics = named_cells(metrics_csv({epoch}, {"base"})),
             results = named_cells(results_csv({scored}, {}, {"base"})),
             test = named_cells(test_csv(scored.record.test));
  const auto line = nlohmann::json::parse(results_jsonl({scored}));
  value = 0.25;
  for (const ScoreKind& score : kScores) {
    const std::string name = score.name, text = number_text(value += 1.0 / 64);
    EXPECT_EQ(metrics.at("base." + name), text);
    EXPECT_EQ(results.at("base." + name), text);
    EXPECT_EQ(test.at(name), text);
    EXPECT_EQ(line.at("history").at(0).at("val").at(0).at(name), value);
    EXPECT_EQ(line.at("test").at(0).at(name), value);
    EXPECT_NE(epoch_text(epoch, 3).find(name), std::string::npos);

    TrainOptions train;
    train.select = name;
    EXPECT_TRUE(validate(train).empty()) << name;
    SweepOptions sweep;
    sweep.sampler = Sampler::kRandom;
    sweep.trials = 1;
    sweep.objective = "val.base." + name;
    EXPECT_TRUE(validate(sweep).empty()) << name;
    // An epoch that is better by this score alone is the best by it, and no worse one is.
    EpochRow better = epoch, worse = epoch;
    *(better.val[0].*score.member) += score.larger_is_better ? 0.5 : -0.5;
    *(worse.val[0].*score.member) -= score.larger_is_better ? 0.5 : -0.5;
    EXPECT_EQ(best_row({epoch, worse, better}, {"base"}, name), 2u) << name;
    EXPECT_GT(objective_value(*parse_objective(sweep.objective, "loss"), better, {"base"}),
              objective_value(*parse_objective(sweep.objective, "loss"), epoch, {"base"}))
        << name;
  }
}

TEST(ResultsTest, TrialsOfSeveralNumericsClassesAreListedAndMarked) {
  std::vector<SweepTrial> trials = some();
  for (SweepTrial& one : trials) one.record.numerics = {"AVX2"};
  EXPECT_EQ(trials_text(trials, {}).find('*'), std::string::npos);
  EXPECT_EQ(choice_text(trials, "video_auc").find('*'), std::string::npos);
  trials[1].record.numerics = {"AVX2", "AVX512"};
  EXPECT_NE(trials_text(trials, {}).find("0001*"), std::string::npos);
  EXPECT_EQ(trials_text(trials, {}).find("0000*"), std::string::npos);
  EXPECT_NE(choice_text(trials, "video_auc").find("0001*"), std::string::npos);
  EXPECT_NE(results_jsonl(trials).find("\"numerics\":[\"AVX2\",\"AVX512\"]"), std::string::npos);
}

TEST(ResultsTest, EveryLineOfJsonIsAnObject) {
  const std::string lines = results_jsonl(some());
  std::istringstream in(lines);
  int count = 0;
  for (std::string line; std::getline(in, line); ++count) {
    const auto json = nlohmann::json::parse(line);
    EXPECT_EQ(json["trial"], count);
    EXPECT_EQ(json["point"]["model.head"], "hidden");
    EXPECT_EQ(json["point"]["data.train"][1], "augment");
    EXPECT_EQ(json["objective"].is_null(), count == 2);
  }
  EXPECT_EQ(count, 4);
}

// The trial chosen on its own dataset beside what choosing on the other would have given.
TEST(ResultsTest, ShowsChosenAgainstBestOnTarget) {
  const std::string table = choice_text(some(), "video_auc");
  EXPECT_NE(table.find("0001"), std::string::npos) << table;
  EXPECT_NE(table.find("0003"), std::string::npos) << table;
  const std::size_t target = table.find("augment", table.find("0001"));
  const std::string line = table.substr(target, table.find('\n', target) - target);
  EXPECT_NE(line.find("0.5000"), std::string::npos) << table;  // the chosen one
  EXPECT_NE(line.find("0.5500"), std::string::npos) << table;  // the best on it
  EXPECT_NE(line.find("0000"), std::string::npos) << table;
  EXPECT_EQ(choice_text({trial(0, TrialState::kFailed, {"base"}, 0, 0)}, "video_auc"),
            "no trial has a result: nothing was chosen");
}

/// Points of three seeds each: the first has the luckiest seed, the second the better mean.
std::vector<SweepTrial> repeated() {
  const double aucs[] = {0.95, 0.5, 0.6, 0.8, 0.82, 0.78};
  std::vector<SweepTrial> trials;
  for (int id = 0; id < 6; ++id) {
    trials.push_back(trial(id, TrialState::kDone, {"base"}, aucs[id], aucs[id] / 2));
    trials.back().record.point = {{"optimizer.max_lr", id < 3 ? "1e-4" : "2e-4"}};
    trials.back().record.repeat = id % 3;
    trials.back().brief.seed = static_cast<std::uint64_t>(id) % 3;
    trials.back().brief.select = "video_auc";
  }
  return trials;
}

TEST(ResultsRepeatsTest, EveryTableHasMeanSpreadAndNumberOfSeeds) {
  const auto trials = repeated();
  const auto rows = cells_of(results_csv(trials, {"optimizer.max_lr"}, {"base", "augment"}));
  const auto column = std::ranges::find(rows[0], "mean") - rows[0].begin();
  ASSERT_LT(static_cast<std::size_t>(column) + 2, rows[0].size());
  EXPECT_EQ(rows[0][column - 1], "objective");
  EXPECT_EQ(rows[0][column + 1], "spread");
  EXPECT_EQ(rows[0][column + 2], "n");
  EXPECT_EQ(rows[1][column - 1], "0.95") << "a trial's own";
  for (const int id : {0, 1, 2, 3, 4, 5}) {
    const auto& row = rows.at(static_cast<std::size_t>(id) + 1);
    EXPECT_EQ(row.size(), rows[0].size());
    EXPECT_NEAR(std::stod(row[column]), id < 3 ? 2.05 / 3 : 0.8, 1e-12);
    EXPECT_NEAR(std::stod(row[column + 1]), id < 3 ? 0.23629078131263 : 0.02, 1e-12);  // numpy.std, ddof = 1
    EXPECT_EQ(row[column + 2], "3");
  }
  const std::string table = trials_text(trials, {});
  EXPECT_NE(table.find("0.6833  0.2363  3"), std::string::npos) << table;
  const std::string lines = results_jsonl(trials);
  const auto line = nlohmann::json::parse(lines.substr(0, lines.find('\n')));
  EXPECT_NEAR(line.at("mean").get<double>(), 2.05 / 3, 1e-12);
  EXPECT_EQ(line.at("n"), 3);
  EXPECT_EQ(results_csv(some(), {}, {"base"}).find("mean"), std::string::npos) << "one seed a point";
}

TEST(ResultsRepeatsTest, AMeanOfOneSeedIsNotShown) {
  auto trials = repeated();
  trials[1].record.state = trials[2].record.state = TrialState::kFailed;
  const auto rows = cells_of(results_csv(trials, {}, {"base", "augment"}));
  const auto column = std::ranges::find(rows[0], "mean") - rows[0].begin();
  EXPECT_EQ(rows[1][column], "");
  EXPECT_EQ(rows[1][column + 1], "");
  EXPECT_EQ(rows[1][column + 2], "1");
  EXPECT_EQ(chosen_trials(ranked(trials)), std::vector<int>{4});
}

TEST(ResultsRepeatsTest, TheChoiceShowsThePointsMeanAndSaysWhichSeedItIs) {
  auto trials = repeated();
  trials[4].record.test = {scores("held", 0.7)};
  const std::string table = choice_text(trials, "video_auc");
  EXPECT_NE(table.find("0004"), std::string::npos) << table;
  EXPECT_NE(table.find("0.8000 +- 0.0200 of 3"), std::string::npos) << table;
  EXPECT_NE(table.find("0.4000 +- 0.0100 of 3"), std::string::npos) << table << "on augment";
  EXPECT_EQ(table.find("0.8200"), std::string::npos) << table << "a single seed's score";
  EXPECT_NE(table.find("held (test, this seed alone)"), std::string::npos) << table;
  EXPECT_NE(table.find("the seed of the best video_auc"), std::string::npos) << table;
  const auto json = nlohmann::json::parse(choice_json(trials, 4));
  EXPECT_EQ(json.at("trial"), 4);
  EXPECT_NE(json.at("chosen").get<std::string>().find("the seed of the best video_auc"), std::string::npos);
  ASSERT_EQ(json.at("seeds").size(), 3u);
  EXPECT_EQ(json.at("seeds")[0].at("trial"), 4);
  EXPECT_EQ(json.at("seeds")[2].at("objective"), 0.78);
}

}  // namespace
}  // namespace unmask
