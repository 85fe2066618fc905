#include "launch/run/lease_trainer.h"

#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "base/durable_file.h"
#include "base/fault_point.h"
#include "dist/agreement.h"
#include "dist/loopback_communicator.h"
#include "dist/thread_communicator.h"
#include "launch/config/run_config_file.h"
#include "launch/run/config_resolution.h"
#include "tests/launch/tiny_run.h"
#include "tests/support/run_ranks.h"
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
    return LeaseTrainer(session_, sweep, run_, numerics())(order_, *alone_, observer, stop_);
  }
  /// Every config here computes the same bits: one probe.
  std::string numerics() const {
    static const std::string once = run_numerics(config_, 0);
    return once;
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
  for (const char* picture : {"epoch-001.png", "epoch-002.png", "roc-001.png", "roc-002.png"})
    EXPECT_TRUE(fs::exists(run_.trial(2) / "display" / picture)) << picture;
  EXPECT_EQ(text(run_.trial_config(2)), order_.config);
  const std::string log = text(run_.trial_log(2));
  for (const char* line : {"lease 5 ended at step 4", "goes on from step 4", "epoch 1/2: train loss",
                           "epoch 2/2: train loss", "lease 6 ended at step 6"})
    EXPECT_NE(log.find(line), std::string::npos) << line << "\n" << log;
}

thread_local int opened = 0;

TEST_F(LeaseTrainerTest, LeasesOpenAStoreOnceUntilOneFails) {
  write_tiny_store(folder_ / "stores/base/test.crops", Split::kTest, 4, 200);
  config_.trial.data.test = {"base"};
  config_.trial.train.epochs = 1;
  config_.content = content_digests(config_);
  RunConfig sweep = config_;
  sweep.sweep.emplace();
  order_.config = resolved_toml(config_);
  opened = 0;
  fault_hook = [](const char* place) { opened += std::string(place) == "open a store" ? 1 : 0; };
  const LeaseTrainer trainer(session_, sweep, run_, numerics());
  EXPECT_EQ(opened, 1);  // data.test
  TrainObserver observer;
  for (const int trial : {2, 3, 2}) {
    order_.trial = trial;
    order_.until_step = trial == 3 ? 1 : order_.until_step.value_or(0) + 1;
    trainer(order_, *alone_, observer, stop_);
    EXPECT_EQ(opened, 3) << "train and val, by the first lease";
  }
  fs::remove_all(run_.trial(2) / "checkpoints");
  write_text(run_.trial(2) / "checkpoints", "a file where the folder should be");
  EXPECT_THROW(trainer(order_, *alone_, observer, stop_), Error);
  fs::remove(run_.trial(2) / "checkpoints");
  trainer(order_, *alone_, observer, stop_);
  EXPECT_EQ(opened, 6);
  order_.until_step = std::nullopt;
  trainer(order_, *alone_, observer, stop_);
  order_.score_test = true;
  EXPECT_EQ(trainer(order_, *alone_, observer, stop_).test.size(), 1u);
  EXPECT_EQ(opened, 6);
  fault_hook = nullptr;
}

TEST_F(LeaseTrainerTest, StoresAreReadWhereTheyAreNear) {
  fs::rename(folder_ / "stores", folder_ / "near");
  RunConfig near = config_;
  near.trial.data.stores = (folder_ / "near").string();
  order_.until_step = 1;
  EXPECT_EQ(work(near).step, 1);  // the trial's own config still names the old place
}

TEST_F(LeaseTrainerTest, ScoresOfTheBestModelOnTest) {
  config_.trial.train.epochs = 1;
  order_.config = resolved_toml(config_);
  work(config_);
  write_tiny_store(folder_ / "stores/base/test.crops", Split::kTest, 6, 200);
  RunConfig sweep = config_;
  sweep.trial.data.test = {"base"};
  sweep.sweep.emplace();
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

/// Ranks are threads; each has its own place to fail at.
thread_local const char* failing_place = "";
void fail_there(const char* place) {
  if (std::string(place) == failing_place)
    throw Error(ErrorKind::kFailed, std::string("no room: ") + place, Cause::kMemory);
}

/// One trial of two steps on three ranks, one of which fails at one place, while another group is at
/// work on another trial.
class LeaseTrainerFaultTest : public LeaseTrainerTest {
 protected:
  static constexpr int kRanks = 3;

  LeaseTrainerFaultTest() {
    write_tiny_store(folder_ / "stores/base/train.crops", Split::kTrain, 12);
    write_tiny_store(folder_ / "stores/base/test.crops", Split::kTest, 4, 200);
    config_ = read_run_config(tiny_config(folder_ / "stores"), "a.toml", {}, ConfigFor::kTrain);
    config_.trial.train.epochs = 1;
    config_.trial.train.global_batch_size = 12;
    config_.trial.data.test = {"base"};
    config_.content = content_digests(config_);
    order_.members = {0, 1, 2};
  }

  /// What each rank of a group of `ranks` threw, "" for nothing.
  std::vector<std::string> texts_of(LeaseOrder order, const char* place, int rank) {
    std::vector<std::string> texts(kRanks);
    RunConfig trial = config_;
    trial.sweep.reset();
    if (place == std::string("checkpoint")) trial.trial.runtime.checkpoint_every_s = 0;
    order.config = resolved_toml(trial);
    const bool probes = place == std::string("probe");
    run_ranks(kRanks, patient_, [&](Communicator& group) {
      std::string& text = texts[static_cast<std::size_t>(group.rank())];
      failing_place = group.rank() == rank ? place : "";
      fault_hook = fail_there;
      TrainObserver observer;
      try {
        LeaseTrainer(session_, config_, run_, probes ? "" : numerics())(order, group, observer, stop_);
      } catch (const AgreedError& error) {
        text = error.what();
        EXPECT_EQ(error.fault().cause, Cause::kMemory) << place;
        EXPECT_EQ(error.fault().rank, rank) << place;
      }
      fault_hook = nullptr;
      group.barrier();  // all are out of it: the group could go on
    });
    return texts;
  }

  ThreadCommunicatorOptions patient_{.fault = {}, .timeout_s = 200};
};

/// At work all the time, and still not in the way of those whom it shares the cores with.
struct EasyGoing : TrainObserver {
  void on_step(const StepNews&) override { std::this_thread::sleep_for(std::chrono::milliseconds(200)); }
};

TEST_F(LeaseTrainerFaultTest, WhatOneRankMeetsAnywhereIsAgreedNamedAndNobodyElsesFailure) {
  std::atomic<bool> is_over = false;
  LeaseResult elsewhere;
  std::jthread other_group([&] {
    RunConfig config = config_;
    config.trial.data.test.clear();
    config.trial.train.epochs = 1000;
    config.trial.train.global_batch_size = 2;
    LeaseOrder order = order_;
    order.trial = 3;
    order.members = {4};
    order.config = resolved_toml(config);
    EasyGoing observer;
    const auto alone = make_loopback_communicator();
    elsewhere = LeaseTrainer(session_, config, run_, numerics())(order, *alone, observer, is_over);
  });
  const std::shared_ptr<void> at_the_end(nullptr, [&](void*) { is_over = true; });  // if a rank throws too
  // The leader fails, and one of the others, who do all the same. Where only the leader works, only it can fail.
  const std::set<std::string> of_leader = {"checkpoint", "last checkpoint"};
  for (const char* place :
       {"log", "open", "receive", "probe", "prepare", "begin", "copies", "finish", "read", "update", "checkpoint",
        "score", "best weights", "metrics", "last checkpoint", "best", "test scores", "end"}) {
    for (int rank = 0; rank < (of_leader.contains(place) ? 1 : kRanks); rank += kRanks - 1) {
      const std::vector<std::string> texts = texts_of(order_, place, rank);
      const std::string told = "rank " + std::to_string(rank) + ": no room: " + place;
      for (const std::string& text : texts) {
        EXPECT_EQ(text, texts[0]) << place;
        EXPECT_NE(text.find(told), std::string::npos) << place << " on rank " << rank << ": " << text;
      }
      if (place != std::string("log")) {
        const std::string log = text(run_.trial_log(2));
        EXPECT_NE(log.find("failed: " + texts[0]), std::string::npos) << place << "\n" << log;
      }
      EXPECT_NE(text(run_.rank_log(2, rank)).find(told), std::string::npos) << place;
      fs::remove_all(run_.trial(2));
      fs::create_directories(run_.trial(2));
    }
  }
  is_over = true;
  other_group.join();
  EXPECT_EQ(elsewhere.end, LeaseEnd::kInterrupted);
  EXPECT_GT(elsewhere.step, 0);
}

TEST_F(LeaseTrainerFaultTest, SoIsWhatItMeetsInScoringTheChoice) {
  config_.sweep.emplace();
  config_.trial.data.test = {"base"};
  {
    LeaseOrder training = order_;
    training.members = {0};
    RunConfig trial = config_;
    trial.sweep.reset();
    trial.trial.data.test.clear();
    training.config = resolved_toml(trial);
    TrainObserver observer;
    LeaseTrainer(session_, trial, run_, numerics())(training, *alone_, observer, stop_);
  }
  order_.score_test = true;
  for (const char* place : {"begin to score", "score"}) {
    for (int rank = 0; rank < kRanks; rank += kRanks - 1) {
      const std::vector<std::string> texts = texts_of(order_, place, rank);
      for (const std::string& text : texts)
        EXPECT_NE(text.find("rank " + std::to_string(rank) + ": no room: " + place), std::string::npos) << text;
    }
  }
  fs::remove(folder_ / "stores/base/test.crops");  // it is open before the first lease, not hours later
  EXPECT_THROW(LeaseTrainer(session_, config_, run_, numerics()), Error);
  write_tiny_store(folder_ / "stores/base/test.crops", Split::kTest, 5, 300);
  EXPECT_THROW(LeaseTrainer(session_, config_, run_, numerics()), Error) << "another store than the run's";
}

TEST_F(LeaseTrainerTest, ALogThatCannotBeOpenedFailsTheTrialAndIsNamed) {
  fs::create_directories(run_.trial_log(2));  // a folder where the file should be
  try {
    work(config_);
    FAIL() << "it trained without a log";
  } catch (const AgreedError& error) {
    EXPECT_NE(std::string(error.what()).find(run_.trial_log(2).string()), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace unmask
