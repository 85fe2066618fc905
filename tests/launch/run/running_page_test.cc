#include "launch/run/running_page.h"

#include <chrono>
#include <filesystem>
#include <thread>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "launch/config/run_config_file.h"
#include "tests/launch/recorded_runs.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

class RunningPageTest : public testing::Test {
 protected:
  RunningPageTest() : run_(folder_ / "run") {
    make_whole_run(folder_ / "run");
    recorded_ = read_recorded_run(run_, [](const std::string&) {});
    std::filesystem::remove(run_.report());
  }
  /// Shows the run `times` times and waits for the pages.
  void show(double every_s, const std::string& state = "running", int times = 1) {
    RunConfig config = recorded_.config;
    config.report_every_s = every_s;
    RunningPage page(config, run_, [&](const std::string& text) { notes_.push_back(text); });
    RunStatus status;
    status.run_state = state;
    for (int i = 0; i < times; ++i) page.show(recorded_.trials, status);
  }
  /// The page's data; null where there is no page.
  nlohmann::json data() const {
    if (!std::filesystem::exists(run_.report())) return nullptr;
    const std::string text = read_text_file(run_.report(), 10 << 20), mark = "{\"format\":\"unmask.report.1\"";
    const std::size_t begin = text.find(mark);
    return nlohmann::json::parse(text.substr(begin, text.find("</script>", begin) - begin));
  }
  test_support::TemporaryFolder folder_;
  RunFolder run_;
  RecordedRun recorded_;
  std::vector<std::string> notes_;
};

TEST_F(RunningPageTest, ShowsTheTrialsThatItWasGivenAndLoadsItselfAgain) {
  recorded_.trials[2].record.state = TrialState::kRunning;
  show(300);
  const nlohmann::json json = data();
  ASSERT_FALSE(json.is_null());
  EXPECT_EQ(json["state"], "running");
  EXPECT_EQ(json["written_every_s"], 300);
  EXPECT_GT(json["reload_s"], 0);
  EXPECT_EQ(json["trials"].size(), static_cast<std::size_t>(kHandTrials));
  EXPECT_EQ(json["trials"][2]["state"], "running");
  EXPECT_NE(json["cautions"].dump().find("6 of 7 trials are over"), std::string::npos) << json["cautions"];
  EXPECT_TRUE(notes_.empty());
}

TEST_F(RunningPageTest, ShowsScoresOfDatasetsThatCameLater) {
  write_added_scores(run_, {{"wild", "test", "aa", {{3, {"digest", {"wild", 0.5, 0.75, 0.75, 0.8, 0.875}}}}}});
  show(300);
  EXPECT_EQ(data()["trials"][3]["added"]["wild.test"]["video_auc"], 0.875);
  replace_file(run_.added_scores(), "{");
  show(300);
  EXPECT_TRUE(data()["trials"][3]["added"].empty());
  EXPECT_NE(data()["cautions"].dump().find("added_scores.json: is damaged"), std::string::npos)
      << "and the page says so";
  EXPECT_TRUE(notes_.empty());
}

TEST_F(RunningPageTest, SaysNoLongerThatScoresAreDamagedWhereTheyAreWholeAgain) {
  RunConfig config = recorded_.config;
  config.report_every_s = 1e-9;
  RunStatus status;
  status.run_state = "running";
  RunningPage page(config, run_, [&](const std::string& text) { notes_.push_back(text); });
  const auto next = [&] {
    std::filesystem::remove(run_.report());
    while (data().is_null()) page.show(recorded_.trials, status);
    return data();
  };
  replace_file(run_.added_scores(), "{");
  next();
  EXPECT_NE(next()["cautions"].dump().find("added_scores.json: is damaged"), std::string::npos);
  write_added_scores(run_, {{"wild", "test", "aa", {{3, {"digest", {"wild", 0.5, 0.75, 0.75, 0.8, 0.875}}}}}});
  next();  // may have been begun before
  const nlohmann::json whole = next();
  EXPECT_EQ(whole["cautions"].dump().find("damaged"), std::string::npos) << whole["cautions"];
  EXPECT_EQ(whole["trials"][3]["added"]["wild.test"]["video_auc"], 0.875);
}

TEST_F(RunningPageTest, NoneIsMadeBeforeItIsTimeNorOfARunThatIsOverNorWhereNobodyWantsOne) {
  show(0);
  EXPECT_TRUE(data().is_null()) << "report_every_s = 0";
  show(300, "done");
  EXPECT_TRUE(data().is_null()) << "its end makes its own";
  RunConfig config = recorded_.config;
  config.report_every_s = 300;
  RunningPage page(config, run_, [](const std::string&) {});
  page.show(recorded_.trials, {});
  while (data().is_null()) {
  }
  std::filesystem::remove(run_.report());
  page.show(recorded_.trials, {});
  EXPECT_TRUE(data().is_null()) << "five minutes are not over";
}

TEST_F(RunningPageTest, WhatCannotBeWrittenIsToldAndEndsNothing) {
  std::filesystem::create_directories(run_.report() / "in the way");
  RunConfig config = recorded_.config;
  config.report_every_s = 1e-9;
  {
    RunningPage page(config, run_, [&](const std::string& text) { notes_.push_back(text); });
    for (int i = 0; i < 50; ++i, std::this_thread::sleep_for(std::chrono::milliseconds(4)))
      page.show(recorded_.trials, {});
  }
  ASSERT_EQ(notes_.size(), 1u) << "the same reason is told once";
  EXPECT_EQ(notes_[0].find("the page was not written: "), 0u) << notes_[0];
  EXPECT_NE(notes_[0].find("report.html"), std::string::npos) << notes_[0];
}

}  // namespace
}  // namespace unmask
