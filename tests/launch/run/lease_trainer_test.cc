#include "launch/run/lease_trainer.h"

#include <thread>

#include <gtest/gtest.h>

#include "base/durable_file.h"
#include "base/error.h"
#include "dist/loopback_communicator.h"
#include "dist/thread_communicator.h"
#include "launch/config/run_config_file.h"
#include "launch/run/config_resolution.h"
#include "tests/launch/tiny_run.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

class LeaseTrainerTest : public testing::Test {
 protected:
  LeaseTrainerTest() : session_(nullptr), run_(folder_ / "run") {
    write_tiny_stores(folder_ / "stores");
    config_ = read_run_config(tiny_config(folder_ / "stores"), "a.toml", {}, ConfigFor::kTrain);
    config_.content = content_digests(config_);
    order_.lease = 5;
    order_.trial = 2;
    order_.members = {0};
    order_.config = resolved_toml(config_);
  }
  LeaseResult work(const RunConfig& sweep) const {
    TrainObserver observer;
    return LeaseTrainer(session_, sweep, run_, run_numerics(sweep, 0))(order_, *alone_, observer, stop_);
  }
  std::string text(const fs::path& file) const { return read_text_file(file, 1 << 20); }

  test_support::TemporaryFolder folder_;
  Session session_;
  RunFolder run_;
  RunConfig config_;
  LeaseOrder order_;
  std::unique_ptr<Communicator> alone_ = make_loopback_communicator();
  std::atomic<bool> stop_ = false;
};

TEST_F(LeaseTrainerTest, TwoLeasesAreATrialWithOneLog) {
  order_.until_step = 4;
  EXPECT_EQ(work(config_).step, 4);
  EXPECT_EQ(run_.newest_checkpoint_step(2), 4);
  EXPECT_EQ(text(run_.trial_config(2)), order_.config);
  fs::remove(run_.trial_config(2));  // as if the first start had died before it
  order_.lease = 6;
  order_.until_step = std::nullopt;
  const LeaseResult done = work(config_);
  EXPECT_EQ(done.end, LeaseEnd::kTrialDone);
  EXPECT_EQ(done.step, 6);
  EXPECT_EQ(done.history.size(), 2u);
  EXPECT_TRUE(fs::exists(run_.best_model(2)));
  EXPECT_EQ(text(run_.trial_config(2)), order_.config);
  const std::string log = text(run_.trial_log(2));
  for (const char* line : {"lease 5 ended at step 4", "goes on from step 4", "lease 6 ended at step 6"})
    EXPECT_NE(log.find(line), std::string::npos) << line << "\n" << log;
}

TEST_F(LeaseTrainerTest, StoresAreReadWhereTheyAreNear) {
  fs::rename(folder_ / "stores", folder_ / "near");
  RunConfig near = config_;
  near.trial.data.stores = (folder_ / "near").string();
  order_.until_step = 1;
  EXPECT_EQ(work(near).step, 1);  // the trial's own config still names the old place
}

TEST_F(LeaseTrainerTest, ScoresOfTheBestModelOnTest) {
  work(config_);
  write_tiny_store(folder_ / "stores/base/test.crops", Split::kTest, 6, 200);
  RunConfig sweep = config_;
  sweep.trial.data.test = {"base"};
  order_.score_test = true;
  const LeaseResult scored = work(sweep);
  ASSERT_EQ(scored.test.size(), 1u);
  EXPECT_EQ(scored.test[0].dataset, "base");
  EXPECT_TRUE(scored.history.empty());  // nothing was trained
}

TEST_F(LeaseTrainerTest, AFaultIsInTheTrialsLog) {
  RunConfig nowhere = config_;
  nowhere.trial.data.stores = (folder_ / "none").string();
  EXPECT_THROW(work(nowhere), Error);
  const std::string log = text(run_.trial_log(2));
  EXPECT_NE(log.find("failed: "), std::string::npos) << log;
  EXPECT_NE(log.find("no folder of crop stores " + nowhere.trial.data.stores), std::string::npos) << log;
}

// It fails this trial, and is no exception that would end the job: each rank of the group hears of it.
TEST_F(LeaseTrainerTest, ALogThatCantBeOpenedFailsTheTrialAlone) {
  fs::create_directories(run_.trial_log(2));  // a folder is in its place
  const auto ranks = make_thread_communicators(2);
  order_.members = {0, 1};
  const auto fault_of = [&](Communicator& group) {
    TrainObserver observer;
    try {
      LeaseTrainer(session_, config_, run_, "none")(order_, group, observer, stop_);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no fault");
  };
  std::string second;
  std::thread other([&] { second = fault_of(*ranks[1]); });
  const std::string first = fault_of(*ranks[0]);
  other.join();
  EXPECT_NE(first.find("the trial's folder: rank 0: "), std::string::npos) << first;
  EXPECT_NE(first.find("log.txt"), std::string::npos) << first;
  EXPECT_EQ(first, second);
}

}  // namespace
}  // namespace unmask
