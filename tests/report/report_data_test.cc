#include "report/report_data.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/report/reported_run.h"

namespace unmask {
namespace {

using test_support::reported_run;

TEST(ReportData, HasEveryTrialWithItsPlaceItsCurveAndItsPointsMean) {
  const auto json = nlohmann::json::parse(report_json(reported_run(4, 2)));
  ASSERT_EQ(json["trials"].size(), 4u);
  const auto& first = json["trials"][0];
  EXPECT_EQ(first["id"], 0);
  EXPECT_EQ(first["n"], 2);
  const double one = first["objective"], other = json["trials"][1]["objective"];
  EXPECT_NEAR(first["mean"], (one + other) / 2, 1e-6);
  EXPECT_EQ(first["curve"]["epoch"].size(), 15u);
  EXPECT_NEAR(first["curve"]["val"]["augment"]["video_auc"][14].get<double>(),
              first["curve"]["val"]["base"]["video_auc"][14].get<double>() - 0.1, 1e-5);
  EXPECT_DOUBLE_EQ(first["point"]["model.dropout"], 0.0);
}

TEST(ReportData, AValueThatIsNotDefinedIsNullAndNotANumber) {
  ReportedRun run = reported_run(1);
  run.trials[0].record.history.back().val[0].video_auc = std::nullopt;
  run.trials[0].record.history.back().train_loss = std::nan("");
  const auto json = nlohmann::json::parse(report_json(run));
  EXPECT_TRUE(json["trials"][0]["curve"]["val"]["base"]["video_auc"][14].is_null());
  EXPECT_TRUE(json["trials"][0]["curve"]["train_loss"][14].is_null());
}

TEST(ReportData, HasTheChosenModelsCalibration) {
  EXPECT_TRUE(nlohmann::json::parse(report_json(reported_run(1)))["calibration"].is_null());
  const auto json = nlohmann::json::parse(report_json(reported_run(140)))["calibration"];
  EXPECT_EQ(json["temperature"], 1.5);
  EXPECT_EQ(json["datasets"][0]["interval"][0], 0.85);
}

TEST(ReportData, HasEachNumericsClassOnce) {
  ReportedRun run = reported_run(3);
  run.trials[0].record.numerics = {"b", "a"};
  run.trials[1].record.numerics = {};
  run.trials[2].record.numerics = {"b"};
  EXPECT_EQ(nlohmann::json::parse(report_json(run))["numerics"], (std::vector<std::string>{"a", "b"}));
}

TEST(ReportData, ATrialHasItsScoresOnDatasetsThatCameLater) {
  ReportedRun run = reported_run(12);
  run.added = {{"wild", "test", "aa", {{3, {"digest", {"wild", 0.5, 0.75, 0.75, 0.8, 0.875}}}}}};
  const auto trials = nlohmann::json::parse(report_json(run))["trials"];
  EXPECT_EQ(trials[3]["added"]["wild.test"]["video_auc"], 0.875);
  EXPECT_TRUE(trials[4]["added"].empty());
}

TEST(ReportData, ARunIsNamedOnThePagesOfOthers) {
  ReportedRun run = reported_run(4, 2);
  const ReportedSibling sibling = sibling_of(run, "./x");
  EXPECT_EQ(sibling.name, "drawn");
  EXPECT_EQ(sibling.trials, 4u);
  EXPECT_EQ(sibling.objective, "mean video_auc of the datasets trained on");
  run.siblings = {sibling};
  const auto json = nlohmann::json::parse(report_json(run));
  const int choice = json["choice"];
  EXPECT_EQ(json["siblings"][0]["best"], json["trials"][choice]["mean"]) << "of its seeds";
  run.name = "";
  EXPECT_EQ(sibling_of(run, "").name, "runs/drawn");
  EXPECT_FALSE(sibling_of(reported_run(0), "").best);
}

TEST(ReportData, BrokenTextDoesNotBreakIt) {
  ReportedRun run = reported_run(1);
  run.notes = "broken \xFF";
  EXPECT_TRUE(nlohmann::json::accept(report_json(run)));
}

}  // namespace
}  // namespace unmask
