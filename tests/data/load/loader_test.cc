#include "data/load/loader.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "data/augment/augment.h"
#include "data/augment/degradation.h"
#include "data/augment/self_blend.h"
#include "tests/data/crops_builder.h"

namespace unmask {
namespace {

using test::TemporaryFolder;

constexpr int kPx = 24;

class LoaderTest : public testing::TestWithParam<int> {
 protected:
  LoaderTest() { test::write_store(store_file(), 40, kPx); }
  std::filesystem::path store_file() const { return folder_.path() / "base" / "train.crops"; }
  SampleList samples() const { return SampleList(folder_.path(), std::vector<std::string>{"base"}, Split::kTrain); }

 private:
  TemporaryFolder folder_;
};

LoadRequest request(std::uint32_t first, std::uint32_t count, std::uint32_t epoch = 1, bool training = true) {
  LoadRequest wanted;
  for (std::uint32_t i = 0; i < count; ++i) wanted.items.push_back({(first + i * 7) % 30, first + i});
  wanted.epoch = epoch;
  wanted.training = training;
  return wanted;
}

std::vector<float> expected_images(const SampleList& list, const LoadRequest& wanted) {
  std::vector<float> images;
  for (const LoadRequest::Item item : wanted.items) {
    std::vector<std::uint8_t> rgb(kPx * kPx * 3);
    std::vector<float> image(rgb.size());
    list.read(item.sample, rgb);
    if (wanted.training) {
      augment(rgb, kPx, draw_augmentation(AugmentOptions{}, kPx, 77, wanted.epoch, item.slot), image);
    } else {
      normalise(rgb, kPx, image);
    }
    images.insert(images.end(), image.begin(), image.end());
  }
  return images;
}

TEST_P(LoaderTest, BatchesOfBytesHoldTheCropsAndTheirDraws) {
  const SampleList list = samples();
  const ByteMemory memory = [](std::size_t bytes) {
    return std::shared_ptr<std::uint8_t>(new std::uint8_t[bytes], std::default_delete<std::uint8_t[]>());
  };
  Loader loader(list, AugmentOptions{}, 77, GetParam(), 3, memory);
  std::weak_ptr<std::uint8_t> first;
  for (const bool training : {true, false}) {
    const LoadRequest wanted = request(3, 5, 2, training);
    loader.push(wanted);
    CropBatch batch = loader.next();
    ASSERT_EQ(batch.labels.size(), 5u);
    EXPECT_TRUE(batch.images.empty());
    std::vector<AugmentDraw> draws;
    for (std::size_t i = 0; i < 5; ++i) {
      std::vector<std::uint8_t> rgb(kPx * kPx * 3);
      list.read(wanted.items[i].sample, rgb);
      EXPECT_TRUE(std::equal(rgb.begin(), rgb.end(), batch.bytes.get() + i * rgb.size())) << i;
      EXPECT_EQ(batch.labels[i], list[wanted.items[i].sample].label);
      draws.push_back(draw_augmentation(AugmentOptions{}, kPx, 77, 2, wanted.items[i].slot));
    }
    AugmentTable table;
    make_augment_table(training ? std::span<const AugmentDraw>(draws) : std::span<const AugmentDraw>(), kPx, table);
    EXPECT_EQ(batch.table.crops, table.crops);
    EXPECT_EQ(batch.table.rows, table.rows);
    EXPECT_EQ(batch.table.values, table.values);
    if (training) first = batch.bytes;
    loader.recycle(std::move(batch));
    EXPECT_TRUE(first.expired());  // a device may still copy from it: its memory is not the loader's to fill again
  }
}

TEST_P(LoaderTest, BatchesComeInOrderAndDontDependOnTheThreads) {
  const SampleList list = samples();
  Loader loader(list, AugmentOptions{}, 77, GetParam(), 3);
  const auto wanted_at = [](std::uint32_t i) { return request(i, 1 + i % 9, i / 8, i % 3 != 0); };
  for (std::uint32_t i = 0; i < 30; ++i) loader.push(wanted_at(i));
  for (std::uint32_t i = 0; i < 30; ++i) {
    CropBatch batch = loader.next();
    ASSERT_EQ(batch.images, expected_images(list, wanted_at(i))) << i;
    ASSERT_EQ(batch.labels.size(), wanted_at(i).items.size());
    for (std::size_t k = 0; k < batch.labels.size(); ++k) {
      EXPECT_EQ(batch.labels[k], list[wanted_at(i).items[k].sample].label);
    }
    loader.recycle(std::move(batch));
  }
}

// A GPU gets bytes that were blended and degraded here, and the same labels: its pictures are those of a CPU.
TEST_P(LoaderTest, BytesAreBlendedAndDegradedBeforeTheyAreAugmented) {
  const SampleList list = samples();
  AugmentOptions options;
  options.self_blend = 0.5;
  options.degradation.jpeg = options.degradation.noise = 0.7;
  const ByteMemory memory = [](std::size_t bytes) {
    return std::shared_ptr<std::uint8_t>(new std::uint8_t[bytes], std::default_delete<std::uint8_t[]>());
  };
  Loader images(list, options, 77, GetParam()), bytes(list, options, 77, GetParam(), 3, memory);
  const LoadRequest wanted = request(3, 30, 2);
  images.push(wanted);
  bytes.push(wanted);
  const CropBatch of_images = images.next(), of_bytes = bytes.next();
  EXPECT_EQ(of_images.labels, of_bytes.labels);
  int blended = 0, changed = 0;
  for (std::size_t i = 0; i < 30; ++i) {
    const LoadRequest::Item item = wanted.items[i];
    std::vector<std::uint8_t> rgb(kPx * kPx * 3);
    list.read(item.sample, rgb);
    const std::vector<std::uint8_t> before = rgb;
    const SelfBlendDraw blend = draw_self_blend(0.5, kPx, 77, 2, item.slot);
    const bool is_real = list[item.sample].label == 0;
    if (is_real) self_blend(rgb, kPx, blend);
    degrade(rgb, kPx, draw_degradation(options.degradation, kPx, 77, 2, item.slot));
    EXPECT_TRUE(std::equal(rgb.begin(), rgb.end(), of_bytes.bytes.get() + i * rgb.size())) << i;
    std::vector<float> image(rgb.size());
    augment(rgb, kPx, draw_augmentation(options, kPx, 77, 2, item.slot), image);
    EXPECT_TRUE(std::equal(image.begin(), image.end(), of_images.images.data() + i * image.size())) << i;
    EXPECT_EQ(of_images.labels[i], is_real && !blend.blends ? 0 : 1) << i;
    blended += is_real && blend.blends ? 1 : 0;
    changed += rgb != before ? 1 : 0;
  }
  EXPECT_GT(blended, 3);
  EXPECT_GT(changed, 15);
  // Scored as they are.
  images.push(request(3, 5, 2, false));
  EXPECT_EQ(images.next().images, expected_images(list, request(3, 5, 2, false)));
}

TEST_P(LoaderTest, WhatIsExpectedAndForgottenIsReadAllTheSame) {
  const SampleList list = samples();
  Loader loader(list, AugmentOptions{}, 77, GetParam());
  LoadRequest wanted = request(3, 20);
  wanted.expected = {0, 1, 2, 5, 29, 3};
  wanted.forgets = true;
  for (int i = 0; i < 3; ++i) loader.push(wanted);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(loader.next().images, expected_images(list, wanted));
}

TEST_P(LoaderTest, AugmentationSwitchedOffIsNormalisation) {
  const SampleList list = samples();
  AugmentOptions off;
  off.enabled = false;
  Loader loader(list, off, 77, GetParam());
  loader.push(request(3, 5, 0, true));
  EXPECT_EQ(loader.next().images, expected_images(list, request(3, 5, 0, false)));
}

TEST_P(LoaderTest, AnEmptyRequestIsAnEmptyBatch) {
  const SampleList list = samples();
  Loader loader(list, AugmentOptions{}, 77, GetParam());
  loader.push({});
  EXPECT_TRUE(loader.next().images.empty());
}

TEST_P(LoaderTest, ADamagedRecordIsThrownWhereItsBatchIsTakenAndTheRestGoesOn) {
  const SampleList clean = samples();
  const std::vector<float> after = expected_images(clean, request(20, 2));
  std::string bytes = test::bytes_of(store_file());
  bytes[4096 + 2 * 4096 + 5] ^= 1;  // row 2, which is sample 2
  test::write_bytes(store_file(), bytes);
  const SampleList list = samples();
  Loader loader(list, AugmentOptions{}, 77, GetParam());
  LoadRequest bad;
  bad.items = {{1, 0}, {2, 1}};
  loader.push(request(20, 2));
  loader.push(bad);
  loader.push(request(20, 2));
  EXPECT_EQ(loader.next().images, after);
  try {
    loader.next();
    FAIL() << "a damaged record was loaded";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_NE(std::string(error.what()).find("record 2"), std::string::npos) << error.what();
  }
  EXPECT_EQ(loader.next().images, after);
}

TEST_P(LoaderTest, ASampleThatIsNotThereIsAnError) {
  const SampleList list = samples();
  Loader loader(list, AugmentOptions{}, 77, GetParam());
  LoadRequest bad;
  bad.items = {{30, 0}};
  loader.push(bad);
  EXPECT_THROW(loader.next(), Error);
}

TEST_P(LoaderTest, NextWithoutPushIsAnErrorAndNotAHang) {
  const SampleList list = samples();
  Loader loader(list, AugmentOptions{}, 77, GetParam());
  EXPECT_THROW(loader.next(), Error);
  loader.push(request(0, 1));
  loader.next();
  EXPECT_THROW(loader.next(), Error);
}

TEST_P(LoaderTest, EndsInAnyState) {
  const SampleList list = samples();
  for (std::uint32_t pushed = 0; pushed < 12; ++pushed) {
    Loader loader(list, AugmentOptions{}, 77, GetParam(), 2);
    for (std::uint32_t i = 0; i < pushed; ++i) loader.push(request(i, 8));
    for (std::uint32_t i = 0; i < pushed / 2; ++i) loader.next();
  }
}

INSTANTIATE_TEST_SUITE_P(Threads, LoaderTest, testing::Values(0, 1, 3));

TEST(LoaderMemory, ARecycledBatchIsUsedAgain) {
  const TemporaryFolder folder;
  test::write_store(folder.path() / "base" / "train.crops", 8, kPx);
  const SampleList list(folder.path(), std::vector<std::string>{"base"}, Split::kTrain);
  Loader loader(list, AugmentOptions{}, 77, 0);
  loader.push(LoadRequest{{{0, 0}, {1, 0}, {2, 0}, {3, 0}}, 0, false});
  CropBatch batch = loader.next();
  const float* const memory = batch.images.data();
  loader.recycle(std::move(batch));
  LoadRequest smaller;
  smaller.items = {{1, 0}, {2, 0}};
  loader.push(smaller);
  EXPECT_EQ(loader.next().images.data(), memory);
}

}  // namespace
}  // namespace unmask
