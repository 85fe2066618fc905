// What only a GPU shows. Built everywhere, run where a GPU is (ctest -L gpu):
// without one it fails and says that nothing ran.
#include <gtest/gtest.h>

#include <cstdio>

#include "base/philox.h"
#include "data/augment/augment.h"
#include "dist/gpus.h"
#include "dist/host_sums.h"
#include "dist/loopback_communicator.h"
#include "model/device/device.h"
#include "model/device/device_crops.h"
#include "model/device/device_sums.h"
#include "model/train/trainer.h"
#include "tests/model/tiny_stores.h"
#include "tests/model/train/learning_distance.h"
#include "tests/support/file_bytes.h"

namespace unmask {
namespace {

using test_support::bytes_of;

TrialOptions small_trial(const test_support::TemporaryFolder& folder, TrainPrecision precision) {
  make_tiny_stores(folder / "stores", {.px = 64, .train = 42, .val = 12});
  TrialOptions options;
  options.data.stores = (folder / "stores").string();
  options.data.train = options.data.val = {"base"};
  options.model.init = "random";
  options.train.epochs = 3;
  options.train.global_batch_size = 16;
  options.train.microbatch_size = 4;
  options.train.precision = precision;
  options.runtime.device = Device::kCuda;
  return options;
}

LeaseResult train(const TrialOptions& options, const std::filesystem::path& trial,
                  std::optional<std::int64_t> until = {}) {
  LeaseContext context;
  context.trial_dir = trial;
  context.identity = "gpu_test";
  context.until_step = until;
  const auto group = make_loopback_communicator();
  const LeaseResult result = run_lease(options, *group, context);
  group->close();
  return result;
}

TEST(GpuTest, PixelsAndSumsAreTheHostsBitForBit) {
  const ComputePlace place = place_on(Device::kCuda, 0);
  const at::Device gpu = place.device;
  CropBatch batch;
  constexpr int kPx = 112, kCrops = 16;
  batch.bytes = byte_memory(gpu)(kCrops * kPx * kPx * 3);
  Draws pixels(1, DrawFor::kSynth);
  for (int i = 0; i < kCrops * kPx * kPx * 3; ++i)
    batch.bytes.get()[i] = static_cast<std::uint8_t>(pixels.next_u32() >> 24);
  std::vector<AugmentDraw> draws;
  for (std::uint32_t i = 0; i < kCrops; ++i) draws.push_back(draw_augmentation(AugmentOptions{}, kPx, 5, 0, i));
  batch.labels.assign(kCrops, 1);
  make_augment_table(draws, kPx, batch.table);
  const at::Tensor images = images_on(gpu, batch, kPx), wanted = images_on(at::kCPU, batch, kPx);
  EXPECT_TRUE(at::equal(images.cpu(), wanted))
      << "largest difference: " << (images.cpu() - wanted).abs().max().item<float>();
  EXPECT_TRUE(place.make_crops) << "NVRTC or the driver can't be had";
  for (const Precision precision : {Precision::kFp32, Precision::kBf16, Precision::kFp16}) {
    const at::Tensor by_kernel = place.images(batch, kPx, precision).cpu();
    EXPECT_TRUE(at::equal(by_kernel, wanted.to(by_kernel.scalar_type()))) << by_kernel.scalar_type();
  }

  const StepSumsPlan plan{50000, 1, 1, 11, false};
  const auto on_gpu = make_device_sums(plan, gpu), on_host = make_host_sums(plan);
  const at::Tensor values = at::randn({50000}) * at::randn({50000}).exp(), there = values.to(gpu);
  const float *here_pointer = values.const_data_ptr<float>(), *there_pointer = there.const_data_ptr<float>();
  for (StepSums* sums : {on_gpu.get(), on_host.get()}) {
    const StepSums::Range range{0, 0, 50000};
    sums->begin(1 << 21, 1);
    for (const bool fresh : {true, false})
      EXPECT_TRUE(
          sums->accumulate(range, std::span(sums == on_gpu.get() ? &there_pointer : &here_pointer, 1), fresh, {}));
    sums->settle(0);
    std::vector<std::int64_t> control(11);
    sums->get_control(control);
    EXPECT_EQ(control, std::vector<std::int64_t>(11));
  }
  const at::Tensor got = at::empty_like(there);
  on_gpu->read({0, 0, 50000}, {got.data_ptr<float>(), 50000});
  std::vector<float> host(50000);
  on_host->read({0, 0, 50000}, host);
  EXPECT_TRUE(at::equal(got.cpu(), at::tensor(host)));
}

TEST(GpuTest, TrainsToTheSameBitsTwiceAndThroughACheckpoint) {
  for (const TrainPrecision precision : {TrainPrecision::kFp32, TrainPrecision::kBf16, TrainPrecision::kFp16}) {
    const test_support::TemporaryFolder folder;
    const TrialOptions options = small_trial(folder, precision);
    const LeaseResult once = train(options, folder / "once");
    EXPECT_EQ(once.end, LeaseEnd::kTrialDone);
    train(options, folder / "again", 4);
    train(options, folder / "again");
    for (const char* file : {"best.safetensors", "metrics.csv"})
      EXPECT_TRUE(bytes_of(folder / "once" / file) == bytes_of(folder / "again" / file))
          << to_word(precision) << ", " << file;
  }
}

TEST(GpuTest, AGraphGivesTheBitsOfTheOperators) {
  for (const TrainPrecision precision : {TrainPrecision::kFp32, TrainPrecision::kBf16, TrainPrecision::kFp16}) {
    const test_support::TemporaryFolder folder;
    const TrialOptions options = small_trial(folder, precision);
    testing::internal::CaptureStderr();
    train(options, folder / "graph");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "") << "graphs weren't recorded";
    ::setenv("UNMASK_CUDA_GRAPHS", "0", 1);
    train(options, folder / "operators");
    ::unsetenv("UNMASK_CUDA_GRAPHS");
    for (const char* file : {"best.safetensors", "metrics.csv"})
      EXPECT_TRUE(bytes_of(folder / "graph" / file) == bytes_of(folder / "operators" / file))
          << to_word(precision) << ", " << file;
  }
}

/// The limits are guesses until a GPU has run it; learning_distance_test shows what they see.
TEST(GpuTest, LearnsAsTheCpuDoes) {
  struct Limit {
    const char* word;
    Precision precision;
    double gradient, update;
  };
  for (const Limit& limit : {Limit{"fp32", Precision::kFp32, 0.01, 0.1}, Limit{"fp16", Precision::kFp16, 0.5, 0.7},
                             Limit{"bf16", Precision::kBf16, 0.5, 0.7}}) {
    const LearningDistance distance = learning_distance(place_on(Device::kCuda, 0), limit.precision);
    EXPECT_LT(distance.gradient, limit.gradient) << limit.word;
    EXPECT_LT(distance.update, limit.update) << limit.word;
  }
}

}  // namespace
}  // namespace unmask

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (unmask::look_for_gpus().usable == 0) {
    std::fprintf(stderr, "NOTHING RAN: these tests need a GPU, and none is usable here\n");
    return 1;
  }
  return RUN_ALL_TESTS();
}
