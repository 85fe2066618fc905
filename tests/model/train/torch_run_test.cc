// Whole small runs beside the same runs in Python's torch: order, loss, gradients, optimizer, schedule together. Adam
// turns rounding into the sign of an update, so two fp32 runs part; how far, differs between processors. The judge is
// therefore a run in double precision, and the measure how far Python's own fp32 is from it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include <nlohmann/json.hpp>

#include "dist/loopback_communicator.h"
#include "model/train/trainer.h"
#include "model/train/trial_data.h"
#include "tests/model/tiny_stores.h"
#include "tests/support/python.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
using Losses = std::vector<double>;

constexpr int kPx = 64, kBatch = 8, kSteps = 10, kSeeds = 5;
constexpr double kAllowed = 2;  // times the distance of Python's fp32

struct LossRecorder : TrainObserver {
  void on_step(const StepNews& news) override { losses.push_back(news.loss); }
  std::vector<double> losses;
};

TrialOptions run_options(const fs::path& folder, int seed) {
  TrialOptions options;
  options.seed = static_cast<std::uint64_t>(seed);
  options.data.stores = (folder / "stores").string();
  options.data.train = options.data.val = {"base"};
  options.model = {(folder / std::to_string(seed) / "init.safetensors").string(), Head::kLinear, 0.0};
  options.train.epochs = 2;
  options.train.global_batch_size = kBatch;
  options.train.microbatch_size = 0;
  options.train.precision = TrainPrecision::kFp32;
  options.optimizer.max_lr = 5e-6;  // at larger ones fp32 itself is chaotic: no reference is one any more
  options.augment.enabled = false;
  options.runtime.device = Device::kCpu;
  return options;
}

/// The crops of every step in the order that training takes them, for Python.
void dump_batches(const TrialOptions& options, const fs::path& folder) {
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

Losses our_losses(const TrialOptions& options, const fs::path& trial_dir) {
  LossRecorder ours;
  LeaseContext context;
  context.trial_dir = trial_dir;
  context.identity = "torch_run_test";
  context.observer = &ours;
  const auto group = make_loopback_communicator();
  const LeaseResult result = run_lease(options, *group, context);
  group->close();
  EXPECT_EQ(result.end, LeaseEnd::kTrialDone);
  return ours.losses;
}

double distance(const Losses& a, const Losses& b) {
  EXPECT_EQ(a.size(), b.size());
  double largest = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (!(std::fabs(a[i] - b[i]) <= largest)) largest = std::fabs(a[i] - b[i]);  // a NaN too
  }
  return largest;
}

TEST(TorchRunTest, IsAsNearToDoublePrecisionAsPythonsTorch) {
  const test_support::TemporaryFolder folder;
  // 42 frames, 2 of them without a face: 40 samples, 5 steps an epoch.
  make_tiny_stores(folder / "stores", {.px = kPx, .train = 42, .val = 12});
  for (int seed = 0; seed < kSeeds; ++seed) fs::create_directories(folder / std::to_string(seed));
  const auto python = [&](const std::string& mode) {
    return test_support::run_python("tests/model/train/torch_run.py",
                                    {mode, folder.path().string(), std::to_string(kSeeds), std::to_string(kPx),
                                     std::to_string(kBatch), std::to_string(kSteps)});
  };
  python("init");
  for (int seed = 0; seed < kSeeds; ++seed)
    dump_batches(run_options(folder.path(), seed), folder / std::to_string(seed));
  const auto reference = nlohmann::json::parse(python("run"));
  const auto exact = reference.at("double").get<std::vector<Losses>>();
  const auto single = reference.at("float").get<std::vector<Losses>>();

  double theirs = 0, ours = 0;
  for (int seed = 0; seed < kSeeds; ++seed) {
    const auto i = static_cast<std::size_t>(seed);
    const Losses losses = our_losses(run_options(folder.path(), seed), folder / std::to_string(seed) / "trial");
    theirs = std::max(theirs, distance(single.at(i), exact.at(i)));
    ours = std::max(ours, distance(losses, exact.at(i)));
  }
  std::printf("largest distance from double: Python's fp32 %.3g, ours %.3g\n", theirs, ours);
  EXPECT_LE(ours, kAllowed * theirs);
  // What the limit must be below to see anything.
  for (const auto& [name, losses] : reference.at("faults").items()) {
    const double fault = distance(losses.get<Losses>(), exact.at(0));
    std::printf("distance of a run with the fault \"%s\": %.3g\n", name.c_str(), fault);
    EXPECT_GT(fault, kAllowed * theirs) << name;
  }
}

}  // namespace
}  // namespace unmask
