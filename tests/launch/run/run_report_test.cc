#include "launch/run/run_report.h"

#include <gtest/gtest.h>

#include "tests/launch/recorded_runs.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

class RunReportTest : public testing::Test {
 protected:
  RecordedRun read(const std::string& name, const std::string& config = hand_config()) const {
    make_whole_run(folder_ / name, config);
    return read_recorded_run(RunFolder(folder_ / name), [](const std::string&) {});
  }
  test_support::TemporaryFolder folder_;
};

TEST_F(RunReportTest, PeopleGetTrialsAndTheChoice) {
  RecordedRun run = read("run");
  const std::string text = report_text(RunFolder("runs/demo"), run);
  EXPECT_EQ(text.find("runs/demo: by hand\n\n"), 0u) << text;
  for (const char* part : {"optimizer.max_lr", "0006", "failed"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  EXPECT_EQ(text.find("not started"), std::string::npos);
  run.incomplete = "slices 0, 2 of 3 not started";
  EXPECT_NE(report_text(RunFolder("runs/demo"), run).find("\nslices 0, 2 of 3 not started\n"), std::string::npos);
}

TEST_F(RunReportTest, TheCsvIsThatOfTheRun) {
  const std::string csv = report_csv(read("run"));
  EXPECT_EQ(csv.find("trial,state,reason,optimizer.max_lr,model.head,seed,init,epochs,best_epoch,objective,"), 0u)
      << csv;
  EXPECT_NE(csv.find("\n4,failed,\"step 3: fc.weight: \"\"not finite\"\", stopped\","), std::string::npos) << csv;
}

TEST_F(RunReportTest, StudiesOfOneNameAreToldApartByTheirFolders) {
  const RecordedRun run = read("run"), nameless = read("other", hand_config("3", ""));
  const RunFolder folder("runs/demo/");
  EXPECT_EQ(optuna_study(folder, run, {}).name, "by hand");
  EXPECT_EQ(optuna_study(folder, run, {"by hand"}).name, "by hand (runs/demo/)");
  EXPECT_EQ(optuna_study(folder, nameless, {}).name, "demo");
  EXPECT_EQ(optuna_study(RunFolder("runs/demo"), nameless, {}).name, "demo");
  const OptunaStudy study = optuna_study(folder, run, {});
  EXPECT_EQ(study.folder, "runs/demo/");
  EXPECT_EQ(study.trials.size(), 7u);
  EXPECT_EQ(study.space.size(), 2u);
}

TEST_F(RunReportTest, PagesOfSeveralRunsHaveLinksToEachOther) {
  const std::string odd = "a b#<\xFF";
  std::vector<std::pair<RunFolder, RecordedRun>> runs = {{RunFolder(folder_ / "run"), read("run")},
                                                         {RunFolder(folder_ / odd), read(odd, hand_config("3", ""))}};
  write_report_pages(runs);
  const std::string page = read_text_file(folder_ / "run/report.html", 10 << 20);
  EXPECT_NE(page.find(R"("href":"./../a%20b%23%3C%FF/report.html")"), std::string::npos);
  const std::string other = read_text_file(folder_ / odd / "report.html", 10 << 20);
  EXPECT_NE(other.find(R"({"name":"by hand","href":"./../run/report.html")"), std::string::npos);
  write_report_pages({runs[0]});
  EXPECT_NE(read_text_file(folder_ / "run/report.html", 10 << 20).find(R"("siblings":[])"), std::string::npos);
}

}  // namespace
}  // namespace unmask
