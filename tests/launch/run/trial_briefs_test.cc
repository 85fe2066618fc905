#include "launch/run/trial_briefs.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/fault_point.h"
#include "launch/config/run_config_file.h"
#include "tests/launch/tiny_run.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

int opened = 0;

class TrialBriefsTest : public testing::Test {
 protected:
  TrialBriefsTest() { write_tiny_stores(folder_ / "stores"); }
  RunConfig config(const std::string& more = "", const std::vector<std::string>& overrides = {}) const {
    return read_run_config(tiny_config(folder_ / "stores", more), "a.toml", overrides, ConfigFor::kEither);
  }
  test_support::TemporaryFolder folder_;
};

TEST_F(TrialBriefsTest, StepsAndImagesAreThoseOfTheStores) {
  StepCounter counter;
  // 47 train crops in steps of 16: 16, 16, 15.
  const TrialBrief brief = brief_of(config("", {"train.score_train_crops=0"}), {}, counter);
  EXPECT_EQ(brief.steps_per_epoch, 3);
  EXPECT_EQ(brief.steps(), 6);
  EXPECT_EQ(brief.images, 16);
  EXPECT_EQ(brief.microbatches, 4);
  EXPECT_EQ(brief.scored_images, 15);  // of val
}

TEST_F(TrialBriefsTest, EachChoiceOfDataIsCountedForItself) {
  const RunConfig sweep = config(
      "[sweep]\nsampler = \"grid\"\n[sweep.space]\n\"train.global_batch_size\" = { choice = [16, 8] }\n"
      "\"data.sample_ratio\" = { choice = [1.0, 0.5] }\n");
  StepCounter counter;
  std::vector<std::int64_t> steps;
  for (const PlannedTrial& planned : plan_sweep(*sweep.sweep, 0, {}).trials)
    steps.push_back(brief_of(sweep, planned, counter).steps_per_epoch);
  // 47 and half of them: ceil(47 / 16), ceil(24 / 16), ceil(47 / 8), ceil(24 / 8).
  EXPECT_EQ(steps, (std::vector<std::int64_t>{3, 2, 6, 3}));
}

TEST_F(TrialBriefsTest, KnownCountsNeedNoStore) {
  StepCounter counter;
  const RunConfig made = config();
  EXPECT_EQ(brief_of(made, {}, counter).steps_per_epoch, 3);
  std::filesystem::remove_all(folder_ / "stores");
  EXPECT_EQ(brief_of(made, {}, counter).steps_per_epoch, 3);
  StepCounter other;
  EXPECT_THROW(brief_of(made, {}, other), Error);
}

TEST_F(TrialBriefsTest, ASweepOpensEachStoreOnceWhateverItVaries) {
  write_tiny_store(folder_ / "stores/augment/train.crops", Split::kTrain, 10, 300, "augment");
  write_tiny_store(folder_ / "stores/augment/val.crops", Split::kVal, 4, 400, "augment");
  // The published space's: 3 choices of data, 5 of their share, 3 batches.
  const RunConfig sweep = config(
      "[sweep]\nsampler = \"grid\"\n[sweep.space]\n\"train.global_batch_size\" = { choice = [4, 8, 16] }\n"
      "\"data.sample_ratio\" = { choice = [0.1, 0.25, 0.5, 0.75, 1.0] }\n"
      "\"data.train\" = { choice = [[\"base\"], [\"augment\"], [\"base\", \"augment\"]] }\n",
      {"data.val=[\"base\", \"augment\"]"});
  StepCounter counter;
  opened = 0;
  fault_hook = [](const char* place) { opened += std::string(place) == "open a store" ? 1 : 0; };
  const auto planned = plan_sweep(*sweep.sweep, 0, {}).trials;
  for (const PlannedTrial& trial : planned) EXPECT_GT(brief_of(sweep, trial, counter).steps_per_epoch, 0);
  fault_hook = nullptr;
  EXPECT_EQ(planned.size(), 45u);
  EXPECT_EQ(opened, 4);
}

TEST_F(TrialBriefsTest, WhatIsScoredCountsForTheTrialThatScoresIt) {
  write_tiny_store(folder_ / "stores/augment/val.crops", Split::kVal, 4, 400, "augment");
  StepCounter counter;
  EXPECT_EQ(brief_of(config("", {"train.score_train_crops=0"}), {}, counter).scored_images, 15);
  EXPECT_EQ(brief_of(config("", {"train.score_train_crops=3"}), {}, counter).scored_images, 18);
  const RunConfig both = config("", {"train.score_train_crops=0", "data.val=[\"base\", \"augment\"]"});
  EXPECT_EQ(brief_of(both, {}, counter).scored_images, 22);
}

TEST_F(TrialBriefsTest, TheLargerHeadCountsWhereAnyTrialMayHaveIt) {
  EXPECT_EQ(largest_model(config()).head, Head::kLinear);
  EXPECT_EQ(largest_model(config("", {"model.head=\"hidden\""})).head, Head::kHidden);
  EXPECT_EQ(largest_model(config(kTinySweep)).head, Head::kHidden);
  const std::string one_choice = "[sweep]\ntrials = 2\n[sweep.space]\n\"model.head\" = { choice = [\"linear\"] }\n";
  EXPECT_EQ(largest_model(config(one_choice)).head, Head::kLinear);
}

}  // namespace
}  // namespace unmask
