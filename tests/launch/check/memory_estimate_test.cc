#include "launch/check/memory_estimate.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <utility>

#include <gtest/gtest.h>

#include "tests/model/tiny_stores.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

TrialOptions options(int microbatch_size, TrainPrecision precision) {
  TrialOptions made;
  made.train.global_batch_size = 64;
  made.train.microbatch_size = microbatch_size;
  made.train.precision = precision;
  made.train.bf16_arithmetic = Bf16Arithmetic::kNative;
  return made;
}

double megabytes(int microbatch_size, int crop_px, TrainPrecision precision = TrainPrecision::kFp32) {
  return static_cast<double>(rank_peak_bytes(options(microbatch_size, precision), crop_px)) / 1e6;
}

// By hand: the program, 11,177,538 parameters with what goes with each, and 8 crops of 32 px.
TEST(MemoryEstimateTest, IsTheSumOfItsParts) {
  const double state = 11'177'538.0 * (4 * 9 + 8 + 16);
  const double crops = 8.0 * 32 * 32 * 3 * 11;
  const double activations =
      8.0 * 4 * (5 * 64 * 256 + 3 * 64 * 64 + 2 * (4 * 64 * 64 + 5 * 128 * 16 + 5 * 256 * 4 + 5 * 512));
  EXPECT_NEAR(megabytes(8, 32), (600e6 + state + crops + activations) / 1e6, 0.01);
}

TEST(MemoryEstimateTest, GrowsWithWhatIsComputedAtOnce) {
  EXPECT_GT(megabytes(32, 224), megabytes(16, 224));
  EXPECT_EQ(megabytes(0, 224), megabytes(64, 224));  // 0: the whole batch at once
  EXPECT_EQ(megabytes(400, 224), megabytes(64, 224));
  EXPECT_LT(megabytes(32, 224, TrainPrecision::kBf16), megabytes(32, 224));
}

/// VmHWM of the real program that trains a whole epoch alone, in MB.
double measured_megabytes(const TrialOptions& trial, int crop_px) {
  const test_support::TemporaryFolder folder;
  make_tiny_stores(folder / "stores", {.px = crop_px, .train = 68, .val = 17});
  std::ofstream(folder / "a.toml") << "[data]\nstores = \"" << (folder / "stores").string()
                                   << "\"\ntrain = [\"base\"]\n[model]\ninit = \"random\"\n[train]\nepochs = 1\n"
                                   << "global_batch_size = " << trial.train.global_batch_size
                                   << "\nmicrobatch_size = " << trial.train.microbatch_size
                                   << "\nprecision = \"fp32\"\n[runtime]\ndevice = \"cpu\"\n";
  const std::string config = (folder / "a.toml").string(), run = (folder / "run").string();
  const pid_t child = ::fork();
  if (child == 0) {
    ::execl(UNMASK_PROGRAM, UNMASK_PROGRAM, "train", config.c_str(), "--run", run.c_str(), nullptr);
    ::_exit(127);
  }
  int status = 0;
  rusage used{};
  ::wait4(child, &status, 0, &used);
  EXPECT_EQ(status, 0);
  return static_cast<double>(used.ru_maxrss) * 1024 / 1e6;
}

TEST(MemoryEstimateTest, IsNearThePeakOfARealRank) {
  for (const auto& [crop_px, microbatch_size] : {std::pair(32, 8), std::pair(112, 16)}) {
    const TrialOptions trial = options(microbatch_size, TrainPrecision::kFp32);
    const double estimate = static_cast<double>(rank_peak_bytes(trial, crop_px)) / 1e6;
    const double measured = measured_megabytes(trial, crop_px);
    std::printf("%d px, microbatches of %d: about %.0f MB, measured %.0f MB\n", crop_px, microbatch_size, estimate,
                measured);
    EXPECT_GT(estimate, 0.8 * measured);
    EXPECT_LT(estimate, 1.3 * measured);
  }
}

}  // namespace
}  // namespace unmask
