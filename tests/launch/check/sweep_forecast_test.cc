#include "launch/check/sweep_forecast.h"

#include <gtest/gtest.h>

#include "base/durable_file.h"
#include "base/error.h"
#include "launch/config/run_config_file.h"
#include "tests/launch/tiny_run.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

class SweepForecastTest : public testing::Test {
 protected:
  SweepForecastTest() { write_tiny_stores(folder_ / "stores"); }
  RunConfig config(const std::string& more = "", const std::vector<std::string>& overrides = {}) const {
    return read_run_config(tiny_config(folder_ / "stores", more), "a.toml", overrides, ConfigFor::kEither);
  }
  test_support::TemporaryFolder folder_;
};

// One second a step of 16 images in 4 microbatches on one rank, half a second on two; nothing else takes time.
MachineTiming round_timing() {
  MachineTiming timing;
  timing.steps = {{1, 4, 1.0, 16}, {2, 4, 0.5, 16}};
  timing.scored_image_s = 0;
  timing.epoch_end_s = 0;
  timing.lease_cost_s = 0;
  return timing;
}

TEST_F(SweepForecastTest, WorkIsCountedFromTheStores) {
  const SweepWork work =
      sweep_work(config("[sweep]\nsampler = \"grid\"\n[sweep.space]\n\"train.epochs\" = { choice = [1, 3] }\n"
                        "\"train.global_batch_size\" = { choice = [16, 8] }\n"));
  ASSERT_EQ(work.trials.size(), 4u);
  // 47 crops: 3 steps of 16 (the last of 15) and 6 of 8; every epoch scores 15 crops of val and the fixed train sample.
  EXPECT_EQ(work.trials[0].steps_per_epoch, 3);
  EXPECT_EQ(work.trials[1].steps_per_epoch, 6);
  EXPECT_EQ(work.trials[0].epochs, 1);
  EXPECT_EQ(work.trials[3].epochs, 3);
  EXPECT_EQ(work.trials[0].images, 16);
  EXPECT_EQ(work.most_microbatches, 4);
  // All microbatches have four images: the trial that most ranks help is timed, the first of equal ones.
  EXPECT_EQ(work.timed.trial.train.global_batch_size, 16);
  EXPECT_EQ(work.timed.trial.train.epochs, 1);
  EXPECT_FALSE(work.timed.sweep.has_value());
}

TEST_F(SweepForecastTest, TrialsThatCantStartAreLeftOut) {
  const std::string space = "[sweep]\nsampler = \"grid\"\n[sweep.space]\n\"data.train\" = { choice = ";
  EXPECT_EQ(sweep_work(config(space + "[[\"base\"], [\"base\", \"wild\"]] }\n")).trials.size(), 1u);
  try {
    sweep_work(config(space + "[[\"base\", \"wild\"]] }\n"));
    ADD_FAILURE() << "no trial can start";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_EQ(std::string(error.what()).find("no trial can start: "), 0u) << error.what();
    EXPECT_NE(std::string(error.what()).find("wild"), std::string::npos) << error.what();
  }
}

TEST_F(SweepForecastTest, OneTrialTakesItsStepsAndHasOneMode) {
  const SweepWork work = sweep_work(config());
  const SweepForecast forecast = forecast_sweep(work, round_timing(), 2);
  ASSERT_EQ(forecast.modes.size(), 1u);
  EXPECT_EQ(forecast.best.mode, SweepMode::kSequential);
  EXPECT_NEAR(forecast.best.makespan_s, 2 * 3 * 0.5, 1e-9);  // epochs, steps, seconds
  const std::string text = forecast_text(work, round_timing(), forecast);
  for (const char* part : {"1 trials from their first step on 2 ranks", "an image is scored in 0.00 ms",
                           "best: sequential; ask Slurm for --ntasks=2 --time=00:06:00", "disk at most"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
}

TEST_F(SweepForecastTest, APlanIsWrittenWithoutMakingARunOfTheFolder) {
  const SweepWork work = sweep_work(config(kTinySweep));
  const SweepForecast forecast = forecast_sweep(work, round_timing(), 2);
  EXPECT_GT(forecast.modes.size(), 2u);
  const RunFolder run(folder_ / "run");
  write_forecast(run, work, forecast);
  EXPECT_FALSE(std::filesystem::exists(run.config()));
  const std::string plan = read_text_file(run.plan(), 1 << 20);
  EXPECT_NEAR(predicted_s(plan, forecast.best.mode, forecast.best.group_size, 2), forecast.best.makespan_s, 0.1);
  EXPECT_LT(predicted_s(plan, forecast.best.mode, forecast.best.group_size, 3), 0);  // made for other ranks
}

}  // namespace
}  // namespace unmask
