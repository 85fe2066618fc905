#include "model/device/device_crops.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "data/augment/augment.h"
#include "tests/model/device/byte_batch.h"

namespace unmask {
namespace {

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
  const at::Tensor labels = labels_on(at::kCPU, batch);
  EXPECT_EQ(labels.const_data_ptr(), batch.labels.data());
  EXPECT_TRUE(labels.equal(at::tensor({1, 0}, at::kLong)));
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
