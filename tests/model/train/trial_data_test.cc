#include "model/train/trial_data.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "data/store/crop_store_writer.h"
#include "tests/model/tiny_stores.h"

namespace unmask {
namespace {

/// 34 samples a dataset to train on (36 frames, two without a face) and 12 to score, 3 steps an epoch.
class TrialDataTest : public testing::Test {
 protected:
  TrialDataTest() {
    make_tiny_stores(folder_ / "stores", {.px = 16, .train = 36, .val = 12});
    options_.seed = 5;
    options_.data.stores = (folder_ / "stores").string();
    options_.data.train = options_.data.val = {"base"};
    options_.train.epochs = 2;
    options_.train.global_batch_size = 12;
    options_.train.microbatch_size = 4;
  }
  Fault refusal() const {
    try {
      TrialData data(options_);
    } catch (const Error& error) {
      return error.fault();
    }
    return {};
  }

  test_support::TemporaryFolder folder_;
  TrialOptions options_;
};

TEST_F(TrialDataTest, EveryEpochTakesEachSampleOnceInAnotherOrder) {
  TrialData data(options_);
  EXPECT_EQ(data.train_size(), 34);
  EXPECT_EQ(data.steps_per_epoch(), 3);
  EXPECT_EQ(data.total_steps(), 6);
  std::vector<std::uint32_t> orders[2];
  for (std::int64_t step = 0; step < 6; ++step) {
    EXPECT_EQ(data.batch_samples(step), step % 3 == 2 ? 34 - 24 : 12);
    for (const Microbatch& microbatch : plan_microbatches(data.batch_samples(step), 4)) {
      const LoadRequest request = data.request(step, microbatch);
      EXPECT_EQ(request.epoch, static_cast<std::uint32_t>(step / 3));
      EXPECT_TRUE(request.training);
      ASSERT_EQ(request.items.size(), static_cast<std::size_t>(microbatch.count));
      for (std::int64_t i = 0; i < microbatch.count; ++i) {
        const LoadRequest::Item& item = request.items[static_cast<std::size_t>(i)];
        EXPECT_EQ(item.slot, static_cast<std::uint32_t>(step % 3 * 12 + microbatch.first + i));
        orders[step / 3].push_back(item.sample);
      }
    }
  }
  EXPECT_NE(orders[0], orders[1]);
  for (auto& order : orders) {
    std::ranges::sort(order);
    ASSERT_EQ(order.size(), 34u);
    for (std::uint32_t i = 0; i < 34; ++i) EXPECT_EQ(order[i], i);
  }
}

TEST_F(TrialDataTest, ALoneLastSampleIsTakenWithTheBatchBeforeIt) {
  options_.train.global_batch_size = 11;  // 34 = 3 * 11 + 1
  TrialData data(options_);
  EXPECT_EQ(data.steps_per_epoch(), 3);
  EXPECT_EQ(data.batch_samples(4), 11);
  EXPECT_EQ(data.batch_samples(5), 12);
  std::set<std::uint32_t> taken;
  for (std::int64_t step = 3; step < 6; ++step)
    for (const auto& item : data.request(step, {0, data.batch_samples(step)}).items) taken.insert(item.sample);
  EXPECT_EQ(taken.size(), 34u);
}

TEST_F(TrialDataTest, AShareOfTheSamplesIsTakenEveryEpoch) {
  options_.data.sample_ratio = 0.5;
  TrialData data(options_);
  EXPECT_EQ(data.train_size(), 17);
  EXPECT_EQ(data.steps_per_epoch(), 2);
  std::set<std::uint32_t> taken[2];
  for (std::int64_t step = 0; step < 4; ++step) {
    for (const auto& item : data.request(step, {0, data.batch_samples(step)}).items)
      taken[step / 2].insert(item.sample);
  }
  EXPECT_EQ(taken[0].size(), 17u);
  EXPECT_EQ(taken[0], taken[1]);
  // Of the samples that count, at most a tenth, and one at least, are scored after every epoch.
  ASSERT_EQ(data.fixed_train_sample().size(), 1u);
  EXPECT_TRUE(taken[0].contains(data.fixed_train_sample()[0]));
}

TEST_F(TrialDataTest, TheFixedSampleIsATenthOfTheTrainCropsAtMost) {
  EXPECT_EQ(TrialData(options_).fixed_train_sample().size(), 3u);
  EXPECT_EQ(TrialData(options_).fixed_train_sample(), TrialData(options_).fixed_train_sample());
  // The first of epoch 2^32 - 1, as the implementation of tests/base/philox_reference.py draws its order: 31, 12, 33.
  EXPECT_EQ(TrialData(options_).fixed_train_sample(), (std::vector<std::uint32_t>{12, 31, 33}));
  options_.train.score_train_crops = 2;
  EXPECT_EQ(TrialData(options_).fixed_train_sample(), (std::vector<std::uint32_t>{12, 31}));
  options_.train.score_train_crops = 0;
  EXPECT_TRUE(TrialData(options_).fixed_train_sample().empty());
}

TEST_F(TrialDataTest, WithoutAugmentationCropsAreOnlyNormalised) {
  options_.augment.enabled = false;
  EXPECT_FALSE(TrialData(options_).request(0, {0, 4}).training);
}

TEST_F(TrialDataTest, ClassWeightsAreInverseToTheCounts) {
  EXPECT_EQ(TrialData(options_).class_weights(), (std::array<float, 2>{1, 1}));
  options_.data.balance = Balance::kClassWeights;
  // Frames 16 (a real, as all of even number) and 33 have no face: 17 of each class are left of 36, 11 and 12 of 24.
  EXPECT_EQ(TrialData(options_).class_weights(), (std::array<float, 2>{1, 1}));
  make_tiny_stores(folder_ / "stores", {.px = 16, .train = 24, .val = 12});
  EXPECT_EQ(TrialData(options_).class_weights(),
            (std::array<float, 2>{static_cast<float>(23.0 / 22), static_cast<float>(23.0 / 24)}));
}

TEST_F(TrialDataTest, FingerprintsNameWhatTheResultsDependOn) {
  options_.data.test = {"augment"};
  const std::string before = TrialData(options_).fingerprints();
  EXPECT_EQ(std::ranges::count(before, '\n'), 3);
  for (const char* line : {"stores.train = ", "\nstores.val.base = ", "\nstores.test.augment = "})
    EXPECT_NE(before.find(line), std::string::npos) << before;
  EXPECT_EQ(TrialData(options_).fingerprints(), before);
  make_tiny_stores(folder_ / "stores", {.px = 16, .train = 36, .val = 18});
  const std::string after = TrialData(options_).fingerprints();
  EXPECT_EQ(after.substr(0, after.find('\n')), before.substr(0, before.find('\n'))) << "the train crops are the same";
  EXPECT_NE(after, before);
}

TEST_F(TrialDataTest, WhatCannotBeTrainedOnIsRefused) {
  options_.data.val = {"augment"};
  EXPECT_EQ(refusal().kind, ErrorKind::kUsage);
  EXPECT_NE(refusal().text.find("data.val must hold every dataset of data.train"), std::string::npos) << refusal().text;
  EXPECT_NE(refusal().text.find("\"base\" is missing"), std::string::npos) << refusal().text;
  options_.data.val = {"base", "wild"};
  EXPECT_EQ(refusal().kind, ErrorKind::kData);
  EXPECT_NE(refusal().text.find("wild"), std::string::npos) << refusal().text;
  options_.data.val = {"base"};
  make_tiny_stores(folder_ / "stores", {.px = 16, .train = 1, .val = 12});
  EXPECT_NE(refusal().text.find("fewer than 2 crops to train on"), std::string::npos) << refusal().text;
}

TEST_F(TrialDataTest, StoresOfAnotherPreparationAreRefusedByName) {
  make_tiny_stores(folder_ / "larger", {.px = 24, .train = 2, .val = 12});
  const std::filesystem::path val = std::filesystem::path("base") / "val.crops";
  std::filesystem::copy_file(folder_ / "larger" / val, folder_ / "stores" / val,
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(refusal().kind, ErrorKind::kData);
  EXPECT_NE(refusal().text.find("val.crops"), std::string::npos) << refusal().text;
}

// Of one size, but made in another way; wherever they stand.
TEST_F(TrialDataTest, CropsOfAnotherPreparationAreRefusedInEverySplit) {
  options_.data.train = options_.data.val = {"base", "augment"};
  options_.data.test = {"augment"};
  EXPECT_NO_THROW(TrialData{options_});
  for (const char* name :
       {"base/train.crops", "augment/train.crops", "base/val.crops", "augment/val.crops", "augment/test.crops"}) {
    make_tiny_stores(folder_ / "stores", {.px = 16, .train = 36, .val = 12});
    CropStoreWriter writer(folder_ / "stores" / name, 16, CropEncoding::kRaw, R"({"detector":"foreign","crop_px":16})");
    FrameInfo frame;
    frame.box = {0, 0, 16, 16};
    writer.append(frame, std::vector<std::uint8_t>(16 * 16 * 3, 100));
    writer.finish();
    EXPECT_EQ(refusal().kind, ErrorKind::kData) << name;
    EXPECT_NE(refusal().text.find("crops were made in another way"), std::string::npos)
        << name << ": " << refusal().text;
  }
}

TEST_F(TrialDataTest, PermutedLabelsAreThoseThatTheSeedDraws) {
  const auto labels = [&] {
    const TrialData data(options_);
    std::string text;
    for (std::size_t i = 0; i < data.train().size(); ++i) text += data.train()[i].label != 0 ? '1' : '0';
    return text;
  };
  EXPECT_EQ(labels(), "0101010101010101101010101010101001");
  options_.data.permute_labels = true;
  EXPECT_EQ(labels(), "0011100010001010101000111010111101");  // as tests/base/philox_reference.py shuffles them
}

}  // namespace
}  // namespace unmask
