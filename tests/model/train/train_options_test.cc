#include "model/train/train_options.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace unmask {
namespace {

using Faults = std::vector<std::string>;
const double kNan = std::nan("");

TEST(TrainOptionsTest, WhatIsNotSaidIsGood) {
  EXPECT_EQ(validate(TrainOptions{}), Faults{});
  EXPECT_EQ(validate(OptimizerOptions{}), Faults{});
  EXPECT_EQ(validate(RuntimeOptions{}), Faults{});
}

TEST(TrainOptionsTest, EveryFaultOfTrainingIsNamedByItsKey) {
  TrainOptions options;
  options.epochs = 0;
  options.global_batch_size = 1;
  options.microbatch_size = 1;
  options.threads_per_rank = 0;
  options.score_train_crops = -1;
  options.select = "f1";
  EXPECT_EQ(validate(options),
            (Faults{"train.epochs must be >= 1, got 0", "train.global_batch_size must be >= 2, got 1",
                    "train.microbatch_size must be 0 (the whole batch) or >= 2: BatchNorm needs two samples, got 1",
                    "train.threads_per_rank must be >= 1, got 0", "train.score_train_crops must be >= 0, got -1",
                    "train.select must be one of \"loss\", \"frame_accuracy\", \"balanced_accuracy\", \"frame_auc\", "
                    "\"video_auc\", got \"f1\""}));
  options = {};
  options.microbatch_size = 0;  // the whole batch
  options.score_train_crops = 0;
  options.select = "loss";
  EXPECT_EQ(validate(options), Faults{});
  options.microbatch_size = -1;
  EXPECT_EQ(validate(options), Faults{"train.microbatch_size must be >= 0, got -1"});
}

TEST(TrainOptionsTest, EveryFaultOfTheOptimizerToo) {
  OptimizerOptions options;
  options.max_lr = -1e-5;
  options.weight_decay = 11;
  options.pct_start = 1.5;
  options.beta1 = 1;
  options.beta2 = -0.1;
  options.eps = 0;
  const Faults faults = validate(options);
  ASSERT_EQ(faults.size(), 6u);
  const char* keys[] = {"max_lr", "weight_decay", "pct_start", "beta1", "beta2", "eps"};
  for (std::size_t i = 0; i < 6; ++i)
    EXPECT_TRUE(faults[i].starts_with(std::string("optimizer.") + keys[i] + " must be "));
  const auto of = [](double OptimizerOptions::*member, double value) {
    OptimizerOptions one;
    one.*member = value;
    return validate(one).size();
  };
  for (const auto member : {&OptimizerOptions::max_lr, &OptimizerOptions::weight_decay, &OptimizerOptions::pct_start,
                            &OptimizerOptions::beta1, &OptimizerOptions::beta2, &OptimizerOptions::eps}) {
    EXPECT_EQ(of(member, kNan), 1u);
    EXPECT_EQ(of(member, std::numeric_limits<double>::infinity()), 1u);
  }
  EXPECT_EQ(of(&OptimizerOptions::beta1, 0), 0u);
  EXPECT_EQ(of(&OptimizerOptions::max_lr, 0), 0u);
}

TEST(TrainOptionsTest, AndOfTheRuntime) {
  RuntimeOptions options;
  options.checkpoint_every_s = kNan;
  options.timeout_s = 0.5;
  options.loader_threads = -1;
  const Faults faults = validate(options);
  ASSERT_EQ(faults.size(), 3u);
  EXPECT_TRUE(faults[0].starts_with("runtime.checkpoint_every_s must be in [0, ")) << faults[0];
  EXPECT_TRUE(faults[1].starts_with("runtime.timeout_s must be in [1, ")) << faults[1];
  EXPECT_EQ(faults[2], "runtime.loader_threads must be >= 0, got -1");
}

TEST(TrainOptionsTest, WordsAreThoseOfTheConfig) {
  EXPECT_EQ(all_words<RateSchedule>(), (Faults{"one_cycle", "constant"}));
  EXPECT_EQ(all_words<Numerics>(), (Faults{"same", "any"}));
  EXPECT_EQ(all_words<Overlap>(), (Faults{"auto", "on", "off"}));
}

}  // namespace
}  // namespace unmask
