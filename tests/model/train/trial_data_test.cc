#include "model/train/trial_data.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
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

TEST_F(TrialDataTest, ClassWeightsCountSelfBlendedFakesAsFakes) {
  options_.data.balance = Balance::kClassWeights;
  options_.augment.self_blend = 0.5;  // of 17 reals 8.5 stay
  EXPECT_EQ(TrialData(options_).class_weights(), (std::array<float, 2>{34.0f / 17, static_cast<float>(34 / 51.0)}));
  options_.augment.enabled = false;
  EXPECT_EQ(TrialData(options_).class_weights(), (std::array<float, 2>{1, 1}));
}

TEST_F(TrialDataTest, TheSamplerAndTheMixDecideWhatAnEpochDraws) {
  make_tiny_stores(folder_ / "stores", {.px = 16, .train = 24, .val = 12});
  options_.data.train = options_.data.val = {"base", "augment"};
  options_.data.mix = {{"base", 1}, {"augment", 3}};
  options_.data.balance = Balance::kSampler;
  TrialData data(options_);
  ASSERT_EQ(data.train_size(), 46);  // 11 reals and 12 fakes of each dataset
  for (std::int64_t epoch = 0; epoch < 2; ++epoch) {
    std::map<std::pair<std::uint32_t, int>, int> drawn;
    for (std::int64_t step = epoch * data.steps_per_epoch(); step < (epoch + 1) * data.steps_per_epoch(); ++step) {
      for (const auto& item : data.request(step, {0, data.batch_samples(step)}).items)
        ++drawn[{data.train()[item.sample].store, data.train()[item.sample].label}];
    }
    EXPECT_EQ(drawn, (std::map<std::pair<std::uint32_t, int>, int>{
                         {{0, 0}, 6}, {{0, 1}, 6}, {{1, 0}, 17}, {{1, 1}, 17}}));  // 46 / 4 = 11.5, the first is larger
  }
  EXPECT_EQ(data.class_weights(), (std::array<float, 2>{1, 1}));
  options_.data.balance = Balance::kClassWeights;
  options_.data.mix.clear();
  EXPECT_EQ(TrialData(options_).class_weights(),
            (std::array<float, 2>{static_cast<float>(46.0 / 44), static_cast<float>(46.0 / 48)}));
}

TEST_F(TrialDataTest, AShareOfTheVideosHoldsWholeVideosOnly) {
  make_tiny_stores(folder_ / "stores", {.px = 16, .train = 120, .val = 12});
  const auto video = [](const TrialData& data, std::uint32_t sample) {
    const FrameInfo frame = data.train().frame(sample);
    return frame.method + "/" + frame.video;
  };
  options_.data.sample_ratio_by = SampleRatioBy::kVideos;
  std::set<std::uint32_t> smaller;
  for (const double ratio : {0.2, 0.5, 1.0}) {
    options_.data.sample_ratio = ratio;
    TrialData data(options_);
    std::set<std::uint32_t> taken;
    std::set<std::string> videos, all;
    for (std::int64_t step = 0; step < data.steps_per_epoch(); ++step) {
      for (const auto& item : data.request(step, {0, data.batch_samples(step)}).items) taken.insert(item.sample);
    }
    EXPECT_EQ(static_cast<std::int64_t>(taken.size()), data.train_size());
    for (const std::uint32_t sample : taken) videos.insert(video(data, sample));
    for (std::uint32_t i = 0; i < data.train().size(); ++i) {
      all.insert(video(data, i));
      EXPECT_EQ(taken.contains(i), videos.contains(video(data, i))) << i;
    }
    ASSERT_GT(all.size(), 4u);
    EXPECT_EQ(videos.size(), static_cast<std::size_t>(std::ceil(ratio * static_cast<double>(all.size()))));
    EXPECT_TRUE(std::ranges::includes(taken, smaller));
    smaller = taken;
  }
  EXPECT_EQ(smaller.size(), TrialData(options_).train().size());
}

/// Slot → sample of two epochs, as the ranks of a group ask for them, each with data of its own.
std::vector<std::uint32_t> taken_by_ranks(const TrialOptions& options, int world) {
  std::vector<std::uint32_t> taken;
  for (int rank = 0; rank < world; ++rank) {
    TrialData data(options);
    taken.resize(static_cast<std::size_t>(2 * data.train_size()), 0xFFFFFFFFu);
    for (std::int64_t step = 0; step < data.total_steps(); ++step) {
      const auto microbatches = plan_microbatches(data.batch_samples(step), options.train.microbatch_size);
      for (const std::int64_t i : plan_shard(static_cast<std::int64_t>(microbatches.size()), rank, world)) {
        const LoadRequest request = data.request(step, microbatches[static_cast<std::size_t>(i)]);
        for (const auto& item : request.items)
          taken.at(static_cast<std::size_t>(request.epoch * data.train_size() + item.slot)) = item.sample;
      }
    }
  }
  return taken;
}

TEST_F(TrialDataTest, AnyNumberOfRanksTakesTheSameBatches) {
  options_.data.train = options_.data.val = {"base", "augment"};
  options_.data.block_crops = 4;
  options_.data.window_blocks = 3;
  for (const Shuffle order : {Shuffle::kFull, Shuffle::kBlocks}) {
    for (const Balance balance : {Balance::kNone, Balance::kSampler}) {
      options_.data.shuffle = order;
      options_.data.balance = balance;
      const auto alone = taken_by_ranks(options_, 1);
      ASSERT_EQ(alone.size(), 136u);
      EXPECT_EQ(std::ranges::count(alone, 0xFFFFFFFFu), 0);
      EXPECT_EQ(taken_by_ranks(options_, 2), alone);
      EXPECT_EQ(taken_by_ranks(options_, 3), alone);
    }
  }
}

/// 12 new crops, 0 to 11, and 12 old ones, 12 to 23.
TrialOptions replaying(const std::filesystem::path& stores, TrialOptions options) {
  make_tiny_stores(stores, {.px = 16, .train = 12, .val = 12});
  options.data.replay = 0.25;
  options.data.replay_from = {"augment"};
  return options;
}

// By the definition of docs/formats.md and tests/base/philox_reference.py: the new crops and the first 4 of a shuffle
// of the old (purpose 16, group 1), ascending, in the places of a shuffle of 16 (purpose 1); epochs 0 and 1.
TEST_F(TrialDataTest, ReplayDrawsAndOrdersAsTheDefinitionSays) {
  options_ = replaying(folder_ / "stores", options_);
  TrialData data(options_);
  EXPECT_EQ(data.train_size(), 16);
  EXPECT_EQ(data.steps_per_epoch(), 2);
  for (int world = 1; world <= 4; ++world) {
    EXPECT_EQ(taken_by_ranks(options_, world),
              (std::vector<std::uint32_t>{8, 9, 13, 14, 2, 18, 0, 11, 4, 3,  10, 7, 21, 6, 1,  5,
                                          1, 9, 3,  10, 2, 7,  4, 6,  0, 20, 22, 5, 11, 8, 23, 21}))
        << world;
  }
  EXPECT_EQ(data.train().frame(12).dataset, "augment");
  EXPECT_LT(data.fixed_train_sample().back(), 12u) << "train_loss is of data.train";
}

TEST_F(TrialDataTest, ReplayGoesWithSubsetsBlocksTheSamplerAndClassWeights) {
  options_ = replaying(folder_ / "stores", options_);
  options_.data.shuffle = Shuffle::kBlocks;
  options_.data.block_crops = 4;
  options_.data.window_blocks = 2;
  std::set<std::uint32_t> smaller;
  for (const double ratio : {0.5, 1.0}) {
    options_.data.sample_ratio = ratio;
    const auto alone = taken_by_ranks(options_, 1);
    EXPECT_EQ(taken_by_ranks(options_, 3), alone);
    EXPECT_EQ(std::ranges::count_if(alone, [](std::uint32_t sample) { return sample >= 12; }), 2 * 4 * ratio);
    std::set<std::uint32_t> fresh;
    std::ranges::copy_if(alone, std::inserter(fresh, fresh.end()), [](std::uint32_t sample) { return sample < 12; });
    EXPECT_EQ(static_cast<double>(fresh.size()), 12 * ratio) << "the same ones in both epochs";
    EXPECT_TRUE(std::ranges::includes(fresh, smaller));
    smaller = fresh;
  }
  options_.data.sample_ratio_by = SampleRatioBy::kVideos;
  options_.data.sample_ratio = 0.5;
  EXPECT_EQ(TrialData(options_).train_size(), 8) << "two of four videos, three crops each; a third of that";
  options_.data.sample_ratio = 1.0;
  options_.data.balance = Balance::kSampler;
  TrialData data(options_);
  std::map<std::pair<bool, int>, int> drawn;  // (old, label)
  for (const std::uint32_t sample : taken_by_ranks(options_, 1)) ++drawn[{sample >= 12, data.train()[sample].label}];
  EXPECT_EQ(drawn,
            (std::map<std::pair<bool, int>, int>{{{false, 0}, 12}, {{false, 1}, 12}, {{true, 0}, 4}, {{true, 1}, 4}}));
}

TEST_F(TrialDataTest, ClassWeightsCountOldCropsAsOftenAsTheyAreDrawn) {
  options_ = replaying(folder_ / "stores", options_);
  options_.data.balance = Balance::kClassWeights;
  CropStoreWriter writer(folder_ / "stores/augment/train.crops", 16, CropEncoding::kRaw,
                         CropStore(folder_ / "stores/base/val.crops").preprocessing_json());
  FrameInfo frame;
  frame.box = {0, 0, 16, 16};
  frame.label = 1;
  for (int i = 0; i < 50; ++i) writer.append(frame, std::vector<std::uint8_t>(16 * 16 * 3, 100));
  writer.finish();
  // 6 reals and 6 fakes are new; 4 of 16 draws are of the 50 old fakes.
  EXPECT_EQ(TrialData(options_).class_weights(), (std::array<float, 2>{16.0f / 12, 16.0f / 20}));
}

TEST_F(TrialDataTest, BlocksTakeEachSampleOnceAndAreReadAheadInTheOrderOfTheDisk) {
  options_.data.shuffle = Shuffle::kBlocks;
  options_.data.block_crops = 4;
  options_.data.window_blocks = 2;
  TrialData data(options_);
  for (std::int64_t epoch = 0; epoch < 2; ++epoch) {
    std::vector<std::uint32_t> expected, taken;
    for (std::int64_t step = epoch * 3; step < epoch * 3 + 3; ++step) {
      for (const Microbatch& microbatch : plan_microbatches(data.batch_samples(step), 4)) {
        const LoadRequest request = data.request(step, microbatch);
        EXPECT_TRUE(request.forgets);
        expected.insert(expected.end(), request.expected.begin(), request.expected.end());
        for (const auto& item : request.items) {
          EXPECT_EQ(std::ranges::count(expected, item.sample), 1) << "not asked for before its use";
          taken.push_back(item.sample);
        }
      }
    }
    for (std::size_t first = 0; first < expected.size(); first += 8) {
      const auto begin = expected.begin() + static_cast<std::ptrdiff_t>(first);
      EXPECT_TRUE(std::is_sorted(begin, begin + std::min<std::ptrdiff_t>(8, expected.end() - begin)));
    }
    for (auto* list : {&expected, &taken}) {
      std::ranges::sort(*list);
      ASSERT_EQ(list->size(), 34u);
      for (std::uint32_t i = 0; i < 34; ++i) EXPECT_EQ((*list)[i], i);
    }
  }
  // A lease that begins in the middle asks for its own window.
  TrialData later(options_);
  const LoadRequest there = data.request(4, {0, 4}), here = later.request(4, {0, 4});  // slots 12 to 15 of 8 to 15
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(here.items[i].sample, there.items[i].sample);
    EXPECT_EQ(std::ranges::count(here.expected, here.items[i].sample), 1);
  }
}

TEST_F(TrialDataTest, OneFakeHasAWeightAndOneClassAloneHasNone) {
  const auto weights = [&](int reals, int fakes) {
    CropStoreWriter writer(folder_ / "stores/base/train.crops", 16, CropEncoding::kRaw,
                           CropStore(folder_ / "stores/base/val.crops").preprocessing_json());
    FrameInfo frame;
    frame.box = {0, 0, 16, 16};
    for (int i = 0; i < reals + fakes; ++i) {
      frame.label = i < reals ? 0 : 1;
      writer.append(frame, std::vector<std::uint8_t>(16 * 16 * 3, 100));
    }
    writer.finish();
    return TrialData(options_).class_weights();
  };
  const std::array<float, 2> none{1, 1};
  EXPECT_EQ(weights(3, 1), none) << "they are not asked for";
  options_.data.balance = Balance::kClassWeights;
  EXPECT_EQ(weights(3, 1), (std::array<float, 2>{static_cast<float>(4.0 / 6), 2}));
  EXPECT_EQ(weights(1, 3), (std::array<float, 2>{2, static_cast<float>(4.0 / 6)}));
  EXPECT_EQ(weights(4, 0), none);
  EXPECT_EQ(weights(0, 4), none);
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
