#include "sweep/run/trial_log.h"

#include <fstream>
#include <regex>

#include <gtest/gtest.h>

#include "base/table_text.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

EpochRow epoch_row(int epoch) {
  EpochRow row;
  row.epoch = epoch;
  row.train_loss = 0.53125;
  row.val = {{"base", 0.6, 0.7, 0.65, std::nullopt, 0.75}};
  return row;
}

std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::vector<std::string> lines;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// Counts what is passed on.
struct CountingObserver : TrainObserver {
  void on_progress(const char*) override { ++calls; }
  void on_step(const StepNews&) override { ++calls; }
  void on_epoch(const EpochRow&, int) override { ++calls; }
  void on_checkpoint(const std::filesystem::path&, std::int64_t, double) override { ++calls; }
  void on_note(const std::string&) override { ++calls; }
  int calls = 0;
};

class TrialLogTest : public testing::Test {
 protected:
  LeaseOrder order(int lease, int attempt) const {
    LeaseOrder order;
    order.lease = lease;
    order.trial = 7;
    order.attempt = attempt;
    order.members = {2, 3};
    order.config = "# trial 7\n";
    return order;
  }
  test_support::TemporaryFolder temporary_;
  RunFolder folder_{temporary_.path()};
  CountingObserver next_;
};

TEST_F(TrialLogTest, AnEpochInOneLine) {
  EXPECT_EQ(epoch_text(epoch_row(2), 12),
            "epoch 2/12: train loss 0.5312, accuracy -; base: loss 0.6000, frame_accuracy 0.7000, "
            "balanced_accuracy 0.6500, frame_auc -, video_auc 0.7500");
}

TEST_F(TrialLogTest, TheShareOfTimeThatWaitedForData) {
  TrainObserver::StepNews sum;
  EXPECT_EQ(load_text(sum, 0, 0), "waited for data 0.00% of 0 steps; memory of this rank 0 MiB at most");
  sum.load_s = 0.25;
  sum.forward_s = 8;
  sum.backward_s = 15;
  sum.exposed_s = 1;
  sum.optimizer_s = 0.75;
  EXPECT_EQ(load_text(sum, 63, 812 << 20), "waited for data 1.00% of 63 steps; memory of this rank 812 MiB at most");
}

TEST_F(TrialLogTest, EachLeaseAddsWhatItDid) {
  {
    TrialLog log(folder_, order(4, 1), next_);
    log.on_checkpoint("checkpoints/step-00000010.safetensors", 10, 0.126);
    log.close("failed: out of memory");
  }
  {
    TrialLog log(folder_, order(9, 2), next_);
    log.on_note("goes on from step 10");
    log.on_epoch(epoch_row(2), 12);
  }
  const auto lines = lines_of(folder_.trial_log(7));
  const char* const wanted[] = {"attempt 1: lease 4 on ranks 2,3; host .*, process [0-9]+",
                                "checkpoint of step 10 in 0.13 s: step-00000010.safetensors",
                                "failed: out of memory",
                                "attempt 2: lease 9 on ranks 2,3; host .*, process [0-9]+",
                                "goes on from step 10",
                                "epoch 2/12: train loss 0.5312, .*"};
  ASSERT_EQ(lines.size(), std::size(wanted));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_TRUE(std::regex_match(
        lines[i], std::regex(std::string(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d )") + wanted[i])))
        << lines[i];
  }
}

// By a start that died before it could write it, say.
TEST_F(TrialLogTest, TheTrialsConfigIsWrittenWhereItIsMissing) {
  const std::filesystem::path config = folder_.trial_config(7);
  { TrialLog log(folder_, order(4, 1), next_); }
  EXPECT_EQ(lines_of(config), std::vector<std::string>{"# trial 7"});
  std::filesystem::remove(config);
  { TrialLog log(folder_, order(5, 2), next_); }
  EXPECT_EQ(lines_of(config), std::vector<std::string>{"# trial 7"});
}

TEST_F(TrialLogTest, TimingHasTheSecondsOfEachEpochsSteps) {
  TrialLog log(folder_, order(4, 3), next_);
  TrainObserver::StepNews step;
  step.images_per_s = 100;
  step.load_s = 0.25;
  step.forward_s = 0.5;
  step.backward_s = 1;
  step.exposed_s = 0.125;
  step.optimizer_s = 0.0625;
  log.on_step(step);
  step.images_per_s = 200;  // smoothed: a tenth of the way
  log.on_step(step);
  log.on_epoch(epoch_row(1), 12);
  log.on_step(step);
  log.on_epoch(epoch_row(2), 12);
  EXPECT_TRUE(
      std::regex_match(lines_of(folder_.trial_log(7)).back(),
                       std::regex(".*waited for data 12.90% of 1 steps; memory of this rank [0-9]+ MiB at most")));
  const auto lines = lines_of(folder_.trial_timing(7));
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0],
            "attempt,ranks,epoch,steps,images_per_s,load_s,forward_s,backward_s,exposed_s,optimizer_s,epoch_s");
  EXPECT_EQ(lines[1].substr(0, lines[1].rfind(',')), "3,2,1,2,110.000,0.5000,1.0000,2.0000,0.2500,0.1250");
  EXPECT_EQ(lines[2].substr(0, lines[2].rfind(',')), "3,2,2,1,119.000,0.2500,0.5000,1.0000,0.1250,0.0625");
  EXPECT_GE(std::stod(split_csv(lines[1]).back()), 0);
}

TEST_F(TrialLogTest, EverythingIsPassedOn) {
  TrialLog log(folder_, order(4, 1), next_);
  log.on_progress("opening");
  log.on_step({});
  log.on_epoch(epoch_row(1), 12);
  log.on_checkpoint("step-00000010.safetensors", 10, 1);
  log.on_note("a note");
  EXPECT_EQ(next_.calls, 5);
}

}  // namespace
}  // namespace unmask
