#include "model/device/device_crops.h"

#include <ATen/record_function.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "data/augment/augment.h"
#include "tests/model/device/byte_batch.h"
#include "tests/model/device/crops_on_host.h"

namespace unmask {
namespace {

/// How many of ATen's operations start a kernel where tensors are a GPU's, while `act` runs: all but those that only
/// name memory, or call another that is counted.
int kernels_of_aten(const std::function<void()>& act) {
  static thread_local int kernels = 0;
  kernels = 0;
  const auto count = [](const at::RecordFunction& function) -> std::unique_ptr<at::ObserverContext> {
    static const std::set<std::string> kNone = {
        "empty",  "empty_like", "empty_strided", "resize_", "permute",  "as_strided", "select", "view", "unsqueeze",
        "narrow", "slice",      "flatten",       "to",      "_to_copy", "zeros",      "zero_",  "full"};
    if (!kNone.contains(std::string(function.name()).substr(std::string("aten::").size()))) ++kernels;
    return nullptr;
  };
  const at::CallbackHandle handle =
      at::addThreadLocalCallback(at::RecordFunctionCallback(count).scopes({at::RecordScope::FUNCTION}));
  act();
  at::removeCallback(handle);
  return kernels;
}

TEST(DeviceCropsTest, AreTheHostsPixelsBitForBit) {
  for (const int px : {33, 64, 112}) {
    for (const bool training : {true, false}) {
      const int n = 24;
      const CropBatch batch = byte_batch(px, static_cast<std::uint32_t>(px), n, training);
      const at::Tensor images = images_on(at::kCPU, batch, px);
      ASSERT_TRUE(images.is_contiguous(at::MemoryFormat::ChannelsLast));
      ASSERT_EQ(images.sizes().vec(), (std::vector<std::int64_t>{n, 3, px, px}));
      const std::size_t values = static_cast<std::size_t>(px) * static_cast<std::size_t>(px) * 3;
      std::vector<float> wanted(values);
      for (int i = 0; i < n; ++i) {
        const std::span<const std::uint8_t> rgb(batch.bytes.get() + static_cast<std::size_t>(i) * values, values);
        if (training) {
          augment(
              rgb, px,
              draw_augmentation(AugmentOptions{}, px, 5, static_cast<std::uint32_t>(px), static_cast<std::uint32_t>(i)),
              wanted);
        } else {
          normalise(rgb, px, wanted);
        }
        const float* got = images.const_data_ptr<float>() + static_cast<std::size_t>(i) * values;
        EXPECT_TRUE(std::equal(wanted.begin(), wanted.end(), got)) << px << " px, crop " << i;
      }
    }
  }
}

TEST(DeviceCropsTest, AKernelMakesWhatAtenMakesAndCasts) {
  const CropLauncher launcher = [](const CropLaunch& launch) { make_crops_on_host(launch); };
  constexpr int kPx = 33;
  for (const bool training : {true, false}) {
    const CropBatch batch = byte_batch(kPx, 3, 12, training);
    const at::Tensor by_aten = images_on(at::kCPU, batch, kPx);
    for (const at::ScalarType type : {at::kFloat, at::kBFloat16, at::kHalf}) {
      for (const CropLauncher& made_by : {CropLauncher{}, launcher}) {
        const at::Tensor images = images_on(at::kCPU, batch, kPx, type, made_by);
        EXPECT_TRUE(images.is_contiguous(at::MemoryFormat::ChannelsLast));
        ASSERT_EQ(images.scalar_type(), type);
        EXPECT_TRUE(images.equal(by_aten.to(type))) << type;
      }
    }
  }
  EXPECT_THROW(images_on(at::kCPU, byte_batch(16, 1, 2, true), 16, at::kDouble, launcher), Error);
}

TEST(DeviceCropsTest, AKernelMakesABatchInOneLaunch) {
  for (const bool training : {true, false}) {
    const CropBatch batch = byte_batch(16, 1, 4, training);
    int launches = 0;
    const CropLauncher launcher = [&](const CropLaunch& launch) {
      ++launches;
      EXPECT_EQ(launch.crops, 4u);
      EXPECT_EQ(launch.rows != nullptr, training);
    };
    EXPECT_EQ(kernels_of_aten([&] { images_on(at::kCPU, batch, 16, at::kBFloat16, launcher); }), 0);
    EXPECT_EQ(launches, 1);
    const int by_aten = kernels_of_aten([&] { images_on(at::kCPU, batch, 16, at::kBFloat16); });
    EXPECT_GE(by_aten, training ? 100 : 4) << "nothing is counted";
  }
}

TEST(DeviceCropsTest, ImagesOfTheHostAreAViewOfItsMemory) {
  CropBatch batch;
  batch.labels = {1, 0};
  for (int i = 0; i < 2 * 2 * 2 * 3; ++i) batch.images.push_back(static_cast<float>(i));
  const at::Tensor images = images_on(at::kCPU, batch, 2);
  EXPECT_EQ(images.const_data_ptr(), batch.images.data());
  EXPECT_EQ(images.sizes().vec(), (std::vector<std::int64_t>{2, 3, 2, 2}));
  EXPECT_TRUE(images.is_contiguous(at::MemoryFormat::ChannelsLast));
  // Crop 1, blue, line 1, column 0: memory is [crop, line, column, channel].
  EXPECT_EQ(images[1][2][1][0].item<float>(), 12 + 6 + 0 + 2);
  EXPECT_TRUE(images_on(at::kCPU, batch, 2, at::kBFloat16).equal(images.to(at::kBFloat16)));
}

TEST(DeviceCropsTest, AGivenTensorIsFilledAndStaysWhereItIs) {
  const CropBatch batch = byte_batch(16, 1, 2, true);
  const CropLauncher by_kernel = [](const CropLaunch& launch) { make_crops_on_host(launch); };
  for (const CropLauncher& launcher : {CropLauncher(), by_kernel}) {
    const at::Tensor place = at::empty({2, 16, 16, 3}, at::kBFloat16).permute({0, 3, 1, 2});
    EXPECT_TRUE(images_on(at::kCPU, batch, 16, at::kBFloat16, launcher, place).is_alias_of(place));
    EXPECT_TRUE(place.equal(images_on(at::kCPU, batch, 16, at::kBFloat16)));
  }
}

TEST(DeviceCropsTest, BytesOutliveTheBatchThatTheyCameIn) {
  at::Tensor images, wanted;
  {
    const CropBatch batch = byte_batch(16, 1, 2, false);
    images = images_on(at::kCPU, batch, 16);
    wanted = images.clone();
  }
  EXPECT_TRUE(images.equal(wanted));
  const std::shared_ptr<std::uint8_t> memory = byte_memory(at::kCPU)(1000);
  std::fill_n(memory.get(), 1000, std::uint8_t{7});
  EXPECT_EQ(memory.get()[999], 7);
}

}  // namespace
}  // namespace unmask
