#include "model/train/open_data.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/fault_point.h"
#include "data/load/shard_plan.h"
#include "tests/model/tiny_stores.h"

namespace unmask {
namespace {

thread_local int opened = 0;

class OpenDataTest : public testing::Test {
 protected:
  OpenDataTest() {
    make_tiny_stores(folder_ / "stores", {.px = 16, .train = 36, .val = 12});
    data_.stores = (folder_ / "stores").string();
    data_.train = {"base"};
    opened = 0;
    fault_hook = [](const char* place) { opened += std::string(place) == "open a store" ? 1 : 0; };
  }
  ~OpenDataTest() override { fault_hook = nullptr; }

  test_support::TemporaryFolder folder_;
  DataOptions data_;
  OpenData open_;
};

TEST_F(OpenDataTest, AStoreIsOpenedOnceForAllListsThatHoldIt) {
  const auto base = open_.train(data_, 1);
  EXPECT_EQ(opened, 1);
  EXPECT_EQ(open_.train(data_, 2), base) << "no seed changes the samples";
  data_.train = {"base", "augment"};
  const auto both = open_.train(data_, 1);
  EXPECT_EQ(opened, 2);
  EXPECT_EQ(&both->samples.store(0), &base->samples.store(0));
  EXPECT_EQ(both->samples.size(), 2 * base->samples.size());
  const auto val = open_.scored(data_.stores, "base", Split::kVal);
  EXPECT_EQ(open_.scored(data_.stores, "base", Split::kVal), val);
  EXPECT_NE(open_.scored(data_.stores, "base", Split::kTrain), val);
  EXPECT_EQ(opened, 3) << "the train split was open";
}

TEST_F(OpenDataTest, ListsAreThoseThatTheirMakersGive) {
  EXPECT_EQ(*open_.subset(40, 0.5, 3), plan_subset(40, 0.5, 3));
  EXPECT_EQ(*open_.subset(40, 0.5, 4), plan_subset(40, 0.5, 4));
  EXPECT_EQ(open_.subset(40, 0.5, 3), open_.subset(40, 0.5, 3));
  const auto first = open_.order(40, 3, 0);
  EXPECT_EQ(open_.order(40, 3, 0), first);
  for (std::uint32_t epoch = 0; epoch < 20; ++epoch) EXPECT_EQ(*open_.order(40, 3, epoch), plan_order(40, 3, epoch));
  EXPECT_NE(open_.order(40, 3, 0), first) << "not all orders of a long training are kept";
  const auto train = open_.train(data_, 0);
  const auto val = open_.scored(data_.stores, "base", Split::kVal);
  EXPECT_EQ(train->fingerprint, SampleList(data_.stores, data_.train, Split::kTrain).fingerprint());
  EXPECT_EQ(val->fingerprint, SampleList(data_.stores, data_.train, Split::kVal).fingerprint());
}

TEST_F(OpenDataTest, PermutedLabelsAreEachSeedsOwn) {
  const auto labels = [](const SampleList& samples) {
    std::vector<int> all;
    for (std::size_t i = 0; i < samples.size(); ++i) all.push_back(samples[i].label);
    return all;
  };
  const auto plain = labels(open_.train(data_, 5)->samples);
  data_.permute_labels = true;
  for (const std::uint64_t seed : {5, 6, 5}) {
    SampleList wanted(data_.stores, data_.train, Split::kTrain);
    EXPECT_EQ(labels(wanted), plain);
    wanted.permute_labels(seed);
    EXPECT_EQ(labels(open_.train(data_, seed)->samples), labels(wanted));
  }
  EXPECT_EQ(opened, 1);
}

TEST_F(OpenDataTest, AfterAFaultAllIsOpenedAnewAndNobodyLosesWhatHeHas) {
  const auto before = open_.train(data_, 0);
  open_.forget();
  const auto after = open_.train(data_, 0);
  EXPECT_NE(after, before);
  EXPECT_EQ(opened, 2);
  EXPECT_EQ(after->samples.frame(0).video, before->samples.frame(0).video);
}

TEST_F(OpenDataTest, WhatCannotBeOpenedIsNotKept) {
  const std::filesystem::path file = folder_ / "stores/base/val.crops", away = folder_ / "away";
  std::filesystem::rename(file, away);
  EXPECT_THROW(open_.scored(data_.stores, "base", Split::kVal), Error);
  std::filesystem::rename(away, file);
  EXPECT_EQ(open_.scored(data_.stores, "base", Split::kVal)->samples.size(), 12u);
}

}  // namespace
}  // namespace unmask
