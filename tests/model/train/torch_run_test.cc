// One whole small run beside the same run in Python's torch: order, loss, gradients, optimizer, schedule together.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "dist/communicator.h"
#include "model/train/trainer.h"
#include "model/train/trial_data.h"
#include "tests/support/python.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

constexpr int kPx = 64, kBatch = 8, kSteps = 20;

struct LossRecorder : TrainObserver {
  void on_step(const StepNews& news) override { losses.push_back(news.loss); }
  std::vector<double> losses;
};

TrialOptions run_options(const test_support::TemporaryFolder& folder) {
  TrialOptions options;
  options.data.stores = (folder / "stores").string();
  options.data.train = options.data.val = {"base"};
  options.model = {(folder / "init.safetensors").string(), "linear", 0.0};
  options.train.epochs = 4;
  options.train.global_batch_size = kBatch;
  options.train.microbatch_size = 0;
  options.train.precision = "fp32";
  options.optimizer.max_lr =
      5e-6;  // Adam turns rounding into the sign of an update: higher rates drift apart in any two builds of torch
  options.augment.enabled = false;
  options.runtime.device = "cpu";
  return options;
}

/// The crops of every step in the order that training takes them, for Python.
void dump_batches(const TrialOptions& options, const test_support::TemporaryFolder& folder) {
  TrialData data(options);
  ASSERT_EQ(data.total_steps(), kSteps);
  std::ofstream crops(folder / "crops.bin", std::ios::binary), labels(folder / "labels.bin", std::ios::binary);
  std::vector<std::uint8_t> rgb(kPx * kPx * 3);
  for (std::int64_t step = 0; step < kSteps; ++step) {
    ASSERT_EQ(data.batch_samples(step), kBatch);
    for (const LoadRequest::Item& item : data.request(step, {0, kBatch}).items) {
      data.train().read(item.sample, rgb);
      crops.write(reinterpret_cast<const char*>(rgb.data()), static_cast<std::streamsize>(rgb.size()));
      labels.put(static_cast<char>(data.train()[item.sample].label));
    }
  }
}

TEST(WholeRun, FollowsPythonsTorchFor20Steps) {
  const test_support::TemporaryFolder folder;
  const std::string make_stores =
      std::string(UNMASK_MAKE_TINY_STORES) + " " + (folder / "stores").string() + " 64 42 12";
  ASSERT_EQ(std::system(make_stores.c_str()), 0);  // 42 rows, 2 of them without a face: 40 samples, 5 steps an epoch
  test_support::run_python("tests/model/train/torch_run.py", {"init", (folder / "init.safetensors").string()});
  const TrialOptions options = run_options(folder);
  dump_batches(options, folder);
  std::istringstream reference(test_support::run_python(
      "tests/model/train/torch_run.py",
      {"run", folder.path().string(), std::to_string(kPx), std::to_string(kBatch), std::to_string(kSteps)}));

  LossRecorder ours;
  LeaseContext context;
  context.trial_dir = folder / "trial";
  context.observer = &ours;
  const auto group = make_loopback_communicator();
  const LeaseResult result = run_lease(options, *group, context);
  group->close();
  EXPECT_EQ(result.end, LeaseEnd::kTrialDone);
  ASSERT_EQ(ours.losses.size(), static_cast<std::size_t>(kSteps));
  for (int step = 0; step < kSteps; ++step) {
    double wanted = 0;
    ASSERT_TRUE(reference >> wanted);
    EXPECT_NEAR(ours.losses[static_cast<std::size_t>(step)], wanted, 1e-4) << "step " << step;
  }
}

}  // namespace
}  // namespace unmask
