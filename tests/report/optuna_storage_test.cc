#include "report/optuna_storage.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include "base/durable_file.h"
#include "base/error.h"
#include "tests/support/python.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
constexpr char kJudge[] = "tests/report/optuna_judge.py";

class OptunaStorageTest : public testing::Test {
 protected:
  static EpochRow row(int epoch, std::optional<double> base, std::optional<double> augment) {
    return {epoch, epoch * 10,
            1e-3,  0.5,
            0.75,  {{"base", 0.25, 0.5, 0.5, 0.625, base}, {"augment", 0.125, 0.5, std::nullopt, 0.625, augment}}};
  }

  static SweepTrial trial(int id, TrialState state, const SpacePoint& point, std::vector<EpochRow> history,
                          int best_epoch, const std::string& objective, const std::string& reason = "") {
    SweepTrial trial;
    trial.record.id = id;
    trial.record.repeat = id % 2;
    trial.record.state = state;
    trial.record.point = point;
    trial.record.history = std::move(history);
    trial.record.best_epoch = best_epoch;
    trial.record.objective = objective;
    trial.record.reason = reason;
    trial.brief.config = "whole";
    trial.brief.seed = 7 + static_cast<std::uint64_t>(id % 2);
    trial.brief.train = {"base", "augment"};
    trial.brief.val = {"base", "augment"};
    return trial;
  }

  /// One trial of each state; optuna_judge.py knows them.
  static OptunaStudy study() {
    OptunaStudy study;
    study.name = "tiny \"one\"";
    study.folder = "runs/tiny";
    study.objective = {Objective::Over::kMean, "", "video_auc"};
    study.space = {{"optimizer.max_lr", SpaceKey::Kind::kLogUniform, {}, 1e-4, 1e-2, "", {}},
                   {"model.dropout", SpaceKey::Kind::kUniform, {}, 0.25, 0.75, "", {}},
                   {"train.epochs", SpaceKey::Kind::kInteger, {}, 1, 3, "", {}},
                   {"model.head", SpaceKey::Kind::kChoice, {"\"linear\"", "\"hidden\""}, 0, 0, "", {}},
                   {"data.train", SpaceKey::Kind::kChoice, {"[\"base\"]", "[\"base\", \"augment\"]"}, 0, 0, "", {}},
                   {"train.global_batch_size", SpaceKey::Kind::kChoice, {"32", "64"}, 0, 0, "", {}},
                   {"augment.enabled", SpaceKey::Kind::kChoice, {"true", "false"}, 0, 0, "", {}}};
    const SpacePoint point = {{"optimizer.max_lr", "0.0012345678901234567"},
                              {"model.dropout", "0.5"},
                              {"train.epochs", "2"},
                              {"model.head", "\"hidden\""},
                              {"data.train", "[\"base\", \"augment\"]"},
                              {"train.global_batch_size", "64"},
                              {"augment.enabled", "false"}};
    const std::vector<EpochRow> two = {row(1, 0.5, 0.75), row(2, 0.25, std::nullopt)};
    study.trials = {trial(0, TrialState::kDone, point, {row(1, 0.5, 0.5), row(2, 0.75, 1)}, 2, "0.875"),
                    trial(1, TrialState::kStoppedEarly, point, two, 1, "0.625", "below the median"),
                    trial(2, TrialState::kFailed, point, {row(1, 1, 1)}, 1, "1", "step 3: gr\xC3\xBC\xC3\x9F \"x\""),
                    trial(3, TrialState::kWaiting, {{"train.epochs", "3"}}, {}, 0, ""),
                    trial(4, TrialState::kPaused, point, {row(1, 0.5, 0.75)}, 1, "0.625"),
                    trial(5, TrialState::kRunning, point, {}, 0, ""),
                    trial(6, TrialState::kDone, point, {row(1, std::nullopt, std::nullopt)}, 1, ""),
                    trial(9, TrialState::kFailed, point, {}, 0, "", "no such store")};
    study.trials.back().brief = {};
    study.times = trial_times(
        "trial,attempt,ranks,host,from_step,to_step,wall_s,end,ended\n"
        "0,1,1,vm,0,10,10.5,paused,2026-11-22T21:56:51Z\n"
        "1,1,1,vm,0,20,1,rung,2026-11-22T21:59:00Z\n"
        "0,2,1,vm,10,20,5,done,2026-11-23T00:00:05Z\n"
        "4,1,1,vm,0,10,1,paused,2026-11-22T21:59:30Z\n"
        "2,1,1,vm,0,3,0.5,fai");
    return study;
  }

  const test_support::TemporaryFolder folder_;
  const fs::path root_ = folder_.path();
};

TEST_F(OptunaStorageTest, OptunaReadsWhatWasWritten) {
  OptunaStudy other = study();
  other.name = "other";
  other.trials.resize(1);
  other.times.clear();
  const fs::path file = root_ / "study.db";
  write_optuna_storage(file, {study(), other});
  EXPECT_EQ(test_support::run_python(kJudge, {"judge", file.string()}), "as wanted\n");
  EXPECT_EQ(std::distance(fs::directory_iterator(root_), {}), 1) << "temporary files are left";
}

TEST_F(OptunaStorageTest, OnlyAnEarlierReportIsReplaced) {
  const fs::path file = root_ / "study.db";
  write_optuna_storage(file, {study()});
  write_optuna_storage(file, {study()});
  const auto refusal = [](const fs::path& target) -> std::string {
    try {
      write_optuna_storage(target, {study()});
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      return error.what();
    }
    return "none";
  };
  const fs::path text = root_ / "notes.txt";
  write_file_durably(text, "my notes\n");
  EXPECT_NE(refusal(text).find("is no Optuna storage"), std::string::npos);
  EXPECT_EQ(read_text_file(text, 100), "my notes\n");
  const fs::path other = root_ / "other.db";
  SQLite::Database(other.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec("CREATE TABLE cake (id INTEGER)");
  EXPECT_NE(refusal(other).find("is no Optuna storage"), std::string::npos);
  const fs::path theirs = root_ / "theirs.db";
  test_support::run_python(kJudge, {"make", theirs.string()});
  EXPECT_NE(refusal(theirs).find("holds the study \"mine\", which no report wrote"), std::string::npos);
  EXPECT_NE(refusal(root_).find("is no file"), std::string::npos);
}

TEST_F(OptunaStorageTest, AFolderThatIsntThereIsNamed) {
  try {
    write_optuna_storage(root_ / "none" / "study.db", {study()});
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kFailed);
    EXPECT_NE(std::string(error.what()).find("none/study.db"), std::string::npos);
  }
}

}  // namespace
}  // namespace unmask
