#include "sweep/plan/makespan_plan.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace unmask {
namespace {

TEST(MakespanPlanTimingTest, IsReadFromCsv) {
  const auto plain = timings_from_csv("ranks,microbatches,step_s\n1,8,4\r\n2,8,2.5\n\n", "t.csv");
  ASSERT_EQ(plain.size(), 2u);
  EXPECT_EQ(plain[1].ranks, 2);
  EXPECT_EQ(plain[1].step_s, 2.5);
  EXPECT_EQ(timings_from_csv("ranks,microbatches,step_s,images\n1,8,4,256\n", "t.csv")[0].images, 256);
  for (const char* bad : {"", "ranks,step_s\n", "ranks,microbatches,step_s\n", "ranks,microbatches,step_s\n1,8\n",
                          "ranks,microbatches,step_s\n0,8,4\n", "ranks,microbatches,step_s\n1,8,inf\n",
                          "ranks,microbatches,step_s\n1,8,x\n", "ranks,microbatches,step_s\n1,8,-4\n",
                          "ranks,microbatches,step_s,images\n1,8,4\n"}) {
    try {
      timings_from_csv(bad, "t.csv");
      FAIL() << bad;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      EXPECT_NE(std::string(error.what()).find("t.csv, line "), std::string::npos);
    }
  }
}

TEST(MakespanPlanTimingTest, TheMiddleOfSeveralTimes) {
  EXPECT_EQ(median({}), 0);
  EXPECT_EQ(median({3}), 3);
  EXPECT_EQ(median({9, 1, 5}), 5);
  EXPECT_EQ(median({4, 1, 3, 2}), 3);  // the upper one of two
}

TEST(MakespanPlanTimingTest, MediansOfEqualOnes) {
  const auto merged = medians({{1, 8, 5, 0}, {1, 8, 4, 0}, {1, 8, 90, 0}, {2, 8, 2, 0}});
  ASSERT_EQ(merged.size(), 2u);
  EXPECT_EQ(merged[0].step_s, 5);
  EXPECT_EQ(merged[1].step_s, 2);
}

TEST(MakespanPlanTimingTest, StepsAreScaledFromTheNearest) {
  const std::vector<StepTiming> timings = {{1, 8, 8.0, 256}, {2, 8, 4.4, 256}, {2, 2, 1.2, 64}};
  struct Case {
    int ranks, microbatches;
    double images, wanted_s;
    bool extrapolated;
  };
  const std::vector<Case> cases = {
      {1, 8, 256, 8.0, false},  {2, 8, 256, 4.4, false},
      {2, 7, 224, 4.4, false},   // four microbatches on one rank, as of eight
      {2, 2, 64, 1.2, false},    // the nearer one of two ranks
      {4, 8, 256, 2.2, true},    // half as many as on two ranks
      {8, 8, 256, 1.1, true},    // ceil(8 / 8) of ceil(8 / 2)
      {1, 8, 512, 16.0, false},  // microbatches twice as large
      {1, 16, 0, 16.0, false},   // nothing known of images
  };
  for (const Case& each : cases) {
    const StepEstimate step = estimate_step(timings, each.ranks, each.microbatches, each.images);
    EXPECT_NEAR(step.step_s, each.wanted_s, 1e-12) << each.ranks << " ranks, " << each.microbatches;
    EXPECT_EQ(step.extrapolated, each.extrapolated) << each.ranks << " ranks";
  }
}

TEST(MakespanPlanTest, UsefulSizes) {
  EXPECT_EQ(useful_sizes(8, 8), (std::vector<int>{1, 2, 4, 8}));
  EXPECT_EQ(useful_sizes(5, 8), (std::vector<int>{1, 2, 3, 5}));
  EXPECT_EQ(useful_sizes(1, 64), (std::vector<int>{1}));
  EXPECT_EQ(useful_sizes(16, 6), (std::vector<int>{1, 2, 4, 6}));
}

std::vector<TrialWork> equal_trials(int count, int microbatches) {
  std::vector<TrialWork> work;
  for (int i = 0; i < count; ++i) work.push_back({i, microbatches, 0, 10, 2, 0});
  return work;
}

double takes(const std::vector<ModePrediction>& all, SweepMode mode, int group_size = 1) {
  for (const ModePrediction& prediction : all) {
    if (prediction.mode == mode && prediction.group_size == group_size) return prediction.makespan_s;
  }
  return -1;
}

TEST(MakespanPlanTest, PredictsWhatArithmeticSays) {
  MachineTiming timing;
  timing.steps = {{1, 4, 4.0, 0}, {2, 4, 2.0, 0}, {4, 4, 1.5, 0}};
  timing.scored_image_s = 0;
  timing.lease_cost_s = 0;
  // 8 trials of 20 steps: one rank each, 4 at once, twice.
  const auto eight = predict_modes(equal_trials(8, 4), timing, 4);
  EXPECT_NEAR(takes(eight, SweepMode::kConcurrent, 1), 2 * 20 * 4.0, 1e-6);
  EXPECT_NEAR(takes(eight, SweepMode::kConcurrent, 2), 4 * 20 * 2.0, 1e-6);
  EXPECT_NEAR(takes(eight, SweepMode::kConcurrent, 4), 8 * 20 * 1.5, 1e-6);
  EXPECT_NEAR(takes(eight, SweepMode::kSequential), 8 * 20 * 1.5, 1e-6);
  EXPECT_NEAR(takes(eight, SweepMode::kElastic), 160, 1e-6);
  EXPECT_EQ(best_mode(eight).mode, SweepMode::kElastic);  // the first of equal ones
  // One trial: only size helps.
  const auto one = predict_modes(equal_trials(1, 4), timing, 4);
  EXPECT_NEAR(takes(one, SweepMode::kConcurrent, 1), 80, 1e-6);
  EXPECT_NEAR(takes(one, SweepMode::kElastic), 30, 1e-6);
  EXPECT_NEAR(takes(one, SweepMode::kSequential), 30, 1e-6);
}

TEST(MakespanPlanTest, EpochsEndsAndLeasesCost) {
  MachineTiming timing;
  timing.steps = {{1, 4, 4.0, 0}};
  timing.scored_image_s = 0.5;
  timing.epoch_end_s = 3;
  timing.lease_cost_s = 7;
  auto work = equal_trials(1, 4);
  work[0].scored_images = 100;
  // Two epochs of 10 steps, 100 images scored and 3 s of saving after each; one lease.
  EXPECT_NEAR(takes(predict_modes(work, timing, 1), SweepMode::kElastic), 7 + 2 * (10 * 4.0 + 100 * 0.5 + 3), 1e-6);
  timing.scored_image_s = -1;  // a third of an image's share of a step
  work[0].images = 40;
  EXPECT_NEAR(takes(predict_modes(work, timing, 1), SweepMode::kElastic), 7 + 2 * (10 * 4.0 + 100 * 4.0 / 40 / 3 + 3),
              1e-6);
}

TEST(MakespanPlanTest, TextAndJson) {
  EXPECT_EQ(slurm_time(0), "00:05:00");
  EXPECT_EQ(slurm_time(50), "00:06:00");
  EXPECT_EQ(slurm_time(3600), "01:17:00");
  EXPECT_EQ(slurm_time(200 * 3600.0), "240:05:00");
  MachineTiming timing;
  timing.steps = {{1, 4, 4.0, 0}};
  const auto all = predict_modes(equal_trials(3, 4), timing, 2);
  const std::string table = predictions_table(all);
  EXPECT_NE(table.find("extrapolated"), std::string::npos) << table;
  EXPECT_NE(table.find("timed"), std::string::npos) << table;
  const std::string json = plan_json({2, 3, "host", "AVX2; fp32", "2026-01-01T00:00:00Z"}, all);
  EXPECT_DOUBLE_EQ(predicted_s(json, SweepMode::kElastic, 1, 2), takes(all, SweepMode::kElastic));
  EXPECT_DOUBLE_EQ(predicted_s(json, SweepMode::kSequential, 9, 2), takes(all, SweepMode::kSequential));
  EXPECT_DOUBLE_EQ(predicted_s(json, SweepMode::kConcurrent, 2, 2), takes(all, SweepMode::kConcurrent, 2));
  EXPECT_LT(predicted_s(json, SweepMode::kConcurrent, 3, 2), 0);
  EXPECT_LT(predicted_s(json, SweepMode::kElastic, 1, 4), 0);
  EXPECT_LT(predicted_s("{", SweepMode::kElastic, 1, 2), 0);
  EXPECT_LT(predicted_s("[]", SweepMode::kElastic, 1, 2), 0);
}

}  // namespace
}  // namespace unmask
