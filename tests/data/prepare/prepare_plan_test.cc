#include "data/prepare/prepare_plan.h"

#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <set>

#include "base/philox.h"
#include "data/prepare/prepare_listing.h"

namespace unmask {
namespace {

SourceEntry picture(const std::string& video, std::uint32_t number, std::uint8_t label = 0) {
  SourceEntry entry;
  entry.kind = SourceKind::kImage;
  entry.file = video + "_" + std::to_string(number) + ".png";
  entry.dataset = "base";
  entry.label = label;
  entry.video = video;
  entry.frame = number;
  return entry;
}

SourceEntry video(const std::string& name) {
  SourceEntry entry = picture(name, 0);
  entry.kind = SourceKind::kVideo;
  entry.file = name + ".mp4";
  return entry;
}

PrepareListing listing_of(const std::vector<SourceEntry>& entries, int unit_frames = 4) {
  PrepareListing listing;
  listing.options.root = "/data/tree";
  listing.options.stores = "/data/stores";
  listing.options.unit_frames = unit_frames;
  listing.folder = "/data/tree";
  for (const SourceEntry& entry : entries) listing.sources.push_back({entry, 0, 100, 0});
  listing.datasets = {{"base", 0, entries.size(), "0123", false}};
  return listing;
}

PreparePlan plan_of(const PrepareListing& listing, std::int64_t frames_of_a_video = 0) {
  std::vector<SourceFacts> facts(listing.sources.size());
  for (SourceFacts& fact : facts) fact.frames = frames_of_a_video;
  return make_plan(listing, facts);
}

std::vector<std::size_t> rows_of_units(const PreparePlan& plan) {
  std::vector<std::size_t> rows;
  for (const PrepareUnit& unit : plan.units) rows.push_back(static_cast<std::size_t>(frames_of(unit)));
  return rows;
}

TEST(PreparePlan, AUnitIsWholeVideosOfTheWantedNumberOfFrames) {
  std::vector<SourceEntry> entries;
  for (const auto& [name, count] :
       std::map<std::string, std::uint32_t>{{"a", 5}, {"b", 3}, {"c", 1}, {"d", 1}, {"e", 7}, {"f", 2}}) {
    for (std::uint32_t i = 0; i < count; ++i) entries.push_back(picture(name, i));
  }
  const PreparePlan plan = plan_of(listing_of(entries));
  EXPECT_EQ(rows_of_units(plan), (std::vector<std::size_t>{5, 4, 8, 2}));
  EXPECT_EQ(plan.units[1].clips[1], (PrepareClip{{8}, {}}));
  EXPECT_EQ(plan.units[2].number, 2u);
}

TEST(PreparePlan, PicturesOfAVideoAreOneClipInTheOrderOfTheirNumbers) {
  // As names sort: x_1000, x_998, x_999, and another video between them.
  const PreparePlan plan =
      plan_of(listing_of({picture("x", 1000), picture("y", 5), picture("x", 998), picture("x", 999)}));
  ASSERT_EQ(plan.units.size(), 1u);
  EXPECT_EQ(plan.units[0].clips, (std::vector<PrepareClip>{{{2, 3, 0}, {}}, {{1}, {}}}));
  EXPECT_EQ(frame_of(plan, plan.units[0].clips[0], 0).frame, 998u);
}

TEST(PreparePlan, ARealAndAFakeVideoOfOneNameAreTwoAndSoAreThoseOfTwoSplits) {
  std::vector<SourceEntry> entries = {picture("a", 0, 0), picture("a", 0, 1), picture("a", 1, 1)};
  entries[2].split = Split::kVal;
  EXPECT_EQ(plan_of(listing_of(entries, 1)).units.size(), 3u);
}

TEST(PreparePlan, OfAVideoFileTheRulesFramesAreTaken) {
  PrepareListing listing = listing_of({video("a"), video("b")}, 1);
  listing.options.frames = 2;
  const PreparePlan plan = plan_of(listing, 8);
  ASSERT_EQ(plan.units.size(), 2u);
  EXPECT_EQ(plan.units[1].clips, (std::vector<PrepareClip>{{{1}, {2, 6}}}));
  EXPECT_EQ(frame_of(plan, plan.units[1].clips[0], 1).frame, 6u);
  EXPECT_EQ(frame_of(plan, plan.units[1].clips[0], 1).source, "b.mp4");
  EXPECT_EQ(file_of(plan.listing, 1), "/data/tree/b.mp4");
}

TEST(PreparePlan, AVideoWithoutFramesKeepsARow) {
  EXPECT_EQ(plan_of(listing_of({video("a")}), 0).units.at(0).clips, (std::vector<PrepareClip>{{{0}, {0}}}));
}

TEST(PreparePlan, ALongVideoIsCutIntoPiecesWhereAFrameIsJudgedAlone) {
  PrepareListing listing = listing_of({video("a"), video("b")}, 64);
  listing.options.every = 1;
  for (const auto& [faces, rows] :
       std::map<FaceChoice, std::vector<std::size_t>>{{FaceChoice::kBest, {500, 500, 500, 500}},
                                                      {FaceChoice::kLargest, {500, 500, 500, 500}},
                                                      {FaceChoice::kTracked, {1000, 1000}},
                                                      {FaceChoice::kAll, {1000, 1000}}}) {
    listing.options.faces = faces;
    EXPECT_EQ(rows_of_units(plan_of(listing, 1000)), rows) << to_word(faces);
  }
  EXPECT_EQ(rows_of_units(plan_of(listing, 5000)).front(), 2500u);  // what waits in memory has an end
}

TEST(PreparePlan, EveryFrameIsInOneUnitOnce) {
  Draws draws(7, DrawFor::kSynth);
  for (int round = 0; round < 100; ++round) {
    std::vector<SourceEntry> entries;
    for (std::uint32_t row = 0, rows = 1 + draws.below(60); row < rows; ++row) {
      entries.push_back(picture(std::to_string(row / 4 + draws.below(3)), row));
    }
    const PreparePlan plan = plan_of(listing_of(entries, 1 + static_cast<int>(draws.below(9))));
    std::multiset<std::size_t> seen;
    std::set<std::string> videos;
    for (const PrepareUnit& unit : plan.units) {
      for (const PrepareClip& clip : unit.clips) {
        EXPECT_TRUE(videos.insert(frame_of(plan, clip, 0).video).second) << "a video in two clips";
        seen.insert(clip.sources.begin(), clip.sources.end());
      }
    }
    std::vector<std::size_t> each(entries.size());
    std::iota(each.begin(), each.end(), 0u);
    EXPECT_EQ(seen, std::multiset<std::size_t>(each.begin(), each.end()));
  }
}

TEST(PreparePlan, RanksShareTheUnitsLongestFirst) {
  PreparePlan plan;
  for (const double cost : {1.0, 8.0, 3.0, 2.0, 4.0}) plan.units.push_back({0, plan.units.size(), {}, cost});
  EXPECT_EQ(units_of_rank(plan, 0, 2), (std::vector<std::size_t>{1, 0}));  // 8 + 1
  EXPECT_EQ(units_of_rank(plan, 1, 2), (std::vector<std::size_t>{4, 2, 3}));
  for (const int world : {1, 2, 5, 16}) {
    std::multiset<std::size_t> all;
    for (int rank = 0; rank < world; ++rank) {
      const std::vector<std::size_t> mine = units_of_rank(plan, rank, world);
      all.insert(mine.begin(), mine.end());
    }
    EXPECT_EQ(all, (std::multiset<std::size_t>{0, 1, 2, 3, 4})) << world;
  }
}

TEST(PreparePlan, WhatIsThereCostsLittle) {
  PreparePlan plan;
  for (const double cost : {8.0, 7.0, 1.0}) plan.units.push_back({0, plan.units.size(), {}, cost});
  mark_there(plan, "110");
  mark_there(plan, "110");  // once
  EXPECT_TRUE(plan.units[0].is_there);
  EXPECT_FALSE(plan.units[2].is_there);
  EXPECT_EQ(units_of_rank(plan, 0, 2), (std::vector<std::size_t>{2}));
}

TEST(PreparePlan, VideosThatAreNotDoneAreLookedIntoByTurns) {
  PrepareListing listing = listing_of({video("a"), picture("b", 0), video("c"), video("d"), video("e")});
  listing.datasets = {{"base", 0, 4, "", false}, {"done", 4, 1, "", true}};
  EXPECT_EQ(probes_of_rank(listing, 0, 2), (std::vector<std::size_t>{0, 3}));
  EXPECT_EQ(probes_of_rank(listing, 1, 2), (std::vector<std::size_t>{2}));
}

TEST(PreparePlan, CropsThatWereImportedAreLabelled) {
  PrepareListing listing = listing_of({picture("a", 0)});
  const std::string own = preprocessing_of(listing, listing.datasets[0]);
  EXPECT_EQ(own.find("imported"), std::string::npos);
  listing.sources[0].entry.kind = SourceKind::kNpyCrop;
  EXPECT_NE(preprocessing_of(listing, listing.datasets[0]).find("\"imported\":\"crops of .npy files"),
            std::string::npos);
}

TEST(PreparePlan, FilesAreWhereTheDocumentsSay) {
  const PreparePlan plan = plan_of(listing_of({picture("a", 0), picture("b", 0)}, 1));
  const PrepareDataset& dataset = plan.listing.datasets[0];
  EXPECT_EQ(plan_file(plan.listing, dataset), "/data/stores/base/prepared.crops.plan");
  EXPECT_EQ(parts_folder(plan.listing, dataset), "/data/stores/base/prepared.parts");
  EXPECT_EQ(part_file(plan, plan.units[1]), "/data/stores/base/prepared.parts/0123/unit-000001.crops");
}

}  // namespace
}  // namespace unmask
