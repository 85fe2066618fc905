#include "data/prepare/prepare_plan.h"

#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "base/philox.h"

namespace unmask {
namespace {

FrameInfo frame_of(const std::string& video, std::uint32_t number, std::uint8_t label = 0) {
  FrameInfo frame;
  frame.video = video;
  frame.frame = number;
  frame.label = label;
  return frame;
}

/// As many frames of each video as told, one after another.
std::vector<FrameInfo> frames_of(const std::vector<std::pair<std::string, int>>& videos) {
  std::vector<FrameInfo> frames;
  for (const auto& [video, count] : videos) {
    for (int i = 0; i < count; ++i) frames.push_back(frame_of(video, static_cast<std::uint32_t>(i)));
  }
  return frames;
}

PreparePlan plan_of(const std::vector<FrameInfo>& frames) {
  PreparePlan plan;
  plan.options.stores = "/data/stores";
  PrepareStore store{"base", Split::kVal, {}, frames, "0123", false};
  plan.stores.push_back(store);
  return plan;
}

using Units = std::vector<PrepareUnit>;

TEST(PreparePlan, AUnitIsWholeVideosOfTheWantedNumberOfFrames) {
  EXPECT_EQ(plan_units(3, frames_of({{"a", 5}, {"b", 3}, {"c", 1}, {"d", 1}, {"e", 7}, {"f", 2}}), 4),
            (Units{{3, 0, 5}, {3, 5, 4}, {3, 9, 8}, {3, 17, 2}}));
  EXPECT_EQ(plan_units(0, frames_of({{"a", 300}, {"b", 300}}), 64), (Units{{0, 0, 300}, {0, 300, 300}}));
  EXPECT_EQ(plan_units(0, {}, 64), Units{});
}

TEST(PreparePlan, VideosWhoseRowsAreMixedShareAUnit) {
  // As names sort: a_000, a_0001_000, a_001.
  EXPECT_EQ(plan_units(0, std::vector{frame_of("a", 0), frame_of("a_0001", 0), frame_of("a", 1), frame_of("b", 0)}, 1),
            (Units{{0, 0, 3}, {0, 3, 1}}));
}

TEST(PreparePlan, ARealAndAFakeVideoOfOneNameAreTwo) {
  EXPECT_EQ(plan_units(0, std::vector{frame_of("a", 0, 0), frame_of("a", 0, 1)}, 1), (Units{{0, 0, 1}, {0, 1, 1}}));
}

TEST(PreparePlan, EveryRowIsInOneUnitAndNoVideoInTwo) {
  Draws draws(7, DrawFor::kSynth);
  for (int round = 0; round < 200; ++round) {
    std::vector<FrameInfo> frames;
    for (std::uint32_t row = 0, rows = draws.below(60); row < rows; ++row) {
      frames.push_back(frame_of(std::to_string(row / 4 + draws.below(3)), row));
    }
    const PreparePlan plan = plan_of(frames);
    std::size_t next = 0;
    std::set<std::string> seen;
    for (const PrepareUnit& unit : plan_units(0, frames, 1 + static_cast<int>(draws.below(9)))) {
      EXPECT_EQ(unit.first, next);
      next += unit.count;
      std::size_t rows = 0;
      for (const std::vector<std::size_t>& video : videos_of(plan, unit)) {
        EXPECT_TRUE(seen.insert(frames[video.front()].video).second) << "a video in two units";
        rows += video.size();
      }
      EXPECT_EQ(rows, unit.count);
    }
    EXPECT_EQ(next, frames.size());
  }
}

TEST(PreparePlan, AVideosRowsComeInTheOrderOfItsFrames) {
  // Names sort by bytes: x_1000 stands before x_999.
  const PreparePlan plan = plan_of({frame_of("x", 1000), frame_of("y", 5), frame_of("x", 998), frame_of("x", 999)});
  EXPECT_EQ(videos_of(plan, {0, 0, 4}), (std::vector<std::vector<std::size_t>>{{2, 3, 0}, {1}}));
}

TEST(PreparePlan, RanksShareTheUnits) {
  EXPECT_EQ(units_of_rank(7, 1, 3), (std::vector<std::size_t>{1, 4}));
  EXPECT_EQ(units_of_rank(2, 3, 4), (std::vector<std::size_t>{}));
  for (const int world : {1, 2, 5, 16}) {
    std::multiset<std::size_t> all;
    for (int rank = 0; rank < world; ++rank) {
      const std::vector<std::size_t> mine = units_of_rank(11, rank, world);
      all.insert(mine.begin(), mine.end());
    }
    std::vector<std::size_t> each(11);
    std::iota(each.begin(), each.end(), 0u);
    EXPECT_EQ(all, std::multiset<std::size_t>(each.begin(), each.end())) << world;
  }
}

TEST(PreparePlan, FilesAreWhereTheDocumentsSay) {
  const PreparePlan plan = plan_of(frames_of({{"a", 5}, {"b", 3}}));
  const PrepareStore& store = plan.stores[0];
  EXPECT_EQ(store_name(store), "base/val");
  EXPECT_EQ(store_file(plan, store), "/data/stores/base/val.crops");
  EXPECT_EQ(plan_file(plan, store), "/data/stores/base/val.crops.plan");
  EXPECT_EQ(parts_folder(plan, store), "/data/stores/base/val.parts");
  EXPECT_EQ(part_file(plan, {0, 5, 3}), "/data/stores/base/val.parts/0123/rows-5-7.crops");
}

}  // namespace
}  // namespace unmask
