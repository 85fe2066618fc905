#include "data/split/video_deal.h"

#include <gtest/gtest.h>
#include <algorithm>

#include "base/philox.h"
#include "tests/data/split/split_videos.h"

namespace unmask {
namespace {

using test::counts;
using test::fake_video;
using test::real_video;
using test::recurring;

const std::vector<SplitShare> kShares = {{0.1, Split::kTest}, {0.2, Split::kVal}};

std::vector<const SplitVideo*> pointers(const std::vector<SplitVideo>& videos) {
  std::vector<const SplitVideo*> made;
  for (const SplitVideo& video : videos) made.push_back(&video);
  return made;
}

/// Chains of targets and sources, person 0 → 1 → … of each chain, shuffled.
std::vector<SplitVideo> planted_chains(int chains, int people) {
  std::vector<SplitVideo> videos;
  for (int c = 0; c < chains; ++c) {
    const auto who = [&](int i) { return "c" + std::to_string(c) + "p" + std::to_string(i); };
    for (int i = 0; i < people; ++i) {
      videos.push_back(real_video(who(i) + "_clip", who(i)));
      if (i > 0) videos.push_back(fake_video(who(i) + "_" + who(i - 1), who(i), who(i - 1)));
    }
  }
  std::vector<std::uint32_t> order(videos.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  Draws draws(1, DrawFor::kProbe);
  shuffle(order, draws);
  std::vector<SplitVideo> shuffled;
  for (const std::uint32_t i : order) shuffled.push_back(videos[i]);
  return shuffled;
}

TEST(VideoDeal, TwentyPlantedChainsStayWholeAndTheSharesAreMet) {
  const auto videos = planted_chains(20, 7);
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const DealtVideos dealt = deal_by_identity(pointers(videos), kShares, {.seed = seed});
    EXPECT_TRUE(recurring(videos, dealt.splits).empty());
    EXPECT_EQ(dealt.largest_chain, 13u);
    EXPECT_EQ(dealt.crossing, 0u);
    EXPECT_EQ(counts(videos, dealt.splits, 0),
              (std::map<Split, int>{{Split::kTest, 14}, {Split::kVal, 28}, {Split::kTrain, 98}}));
    EXPECT_EQ(counts(videos, dealt.splits, 1),
              (std::map<Split, int>{{Split::kTest, 12}, {Split::kVal, 24}, {Split::kTrain, 84}}));
  }
}

TEST(VideoDeal, TheOrderOfTheVideosPlaysNoRole) {
  auto videos = planted_chains(20, 5);
  const auto first = deal_by_identity(pointers(videos), kShares, {}).splits;
  std::map<std::string, std::optional<Split>> by_name;
  for (std::size_t i = 0; i < videos.size(); ++i) by_name[videos[i].video] = first[i];
  std::ranges::reverse(videos);
  const auto second = deal_by_identity(pointers(videos), kShares, {}).splits;
  for (std::size_t i = 0; i < videos.size(); ++i) EXPECT_EQ(second[i], by_name[videos[i].video]);
}

TEST(VideoDeal, ChainsOfRandomSizeComeCloseToTheSharesOfEachLabel) {
  Draws draws(2, DrawFor::kProbe);
  std::vector<SplitVideo> videos;
  for (int c = 0; c < 400; ++c) {
    const std::string who = "p" + std::to_string(c);
    for (std::uint32_t i = 0; i < 1 + draws.below(4); ++i)
      videos.push_back(real_video(who + "r" + std::to_string(i), who));
    for (std::uint32_t i = 0; i < draws.below(6); ++i) {
      videos.push_back(fake_video(who + "f" + std::to_string(i), who, who + "s"));
    }
  }
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const auto splits = deal_by_identity(pointers(videos), kShares, {.seed = seed}).splits;
    for (const int label : {0, 1}) {
      auto of = counts(videos, splits, label);
      const double all = of[Split::kTest] + of[Split::kVal] + of[Split::kTrain];
      EXPECT_NEAR(of[Split::kTest] / all, 0.1, 0.03);
      EXPECT_NEAR(of[Split::kVal] / all, 0.2, 0.03);
    }
  }
}

/// Everybody's face on everybody, as in Celeb-DF: one chain.
std::vector<SplitVideo> all_on_all(int people) {
  std::vector<SplitVideo> videos;
  for (int a = 0; a < people; ++a) {
    const std::string target = "id" + std::to_string(a);
    videos.push_back(real_video(target + "_0000", target));
    for (int b = 0; b <= people; ++b) {  // the last is a source alone
      const std::string source = "id" + std::to_string(b);
      if (a != b) videos.push_back(fake_video(target + "_" + source, target, source));
    }
  }
  return videos;
}

TEST(VideoDeal, CrossingFakesAreLeftOutWhereThatIsAskedFor) {
  const auto videos = all_on_all(20);
  const DealtVideos whole = deal_by_identity(pointers(videos), kShares, {});
  EXPECT_EQ(whole.largest_chain, videos.size());
  EXPECT_EQ(counts(videos, whole.splits, 0), (std::map<Split, int>{{Split::kTrain, 20}}));
  const DealtVideos dealt = deal_by_identity(pointers(videos), kShares, {.leave_out_crossing = true});
  EXPECT_EQ(counts(videos, dealt.splits, 0),
            (std::map<Split, int>{{Split::kTest, 2}, {Split::kVal, 4}, {Split::kTrain, 14}}));
  EXPECT_TRUE(recurring(videos, dealt.splits).empty());
  // Within 2, 4 and 14 people; the source without a video of its own goes with train.
  EXPECT_EQ(counts(videos, dealt.splits, 1),
            (std::map<Split, int>{{Split::kTest, 2}, {Split::kVal, 12}, {Split::kTrain, 14 * 13 + 14}}));
  EXPECT_EQ(dealt.crossing, 20u * 20u - 2u - 12u - 14u * 14u);
}

TEST(VideoDeal, WholeVideosGoWithTheirCompressionsAndFakesWithTheirOriginals) {
  std::vector<SplitVideo> videos;
  for (int i = 0; i < 30; ++i) {
    const std::string name = std::to_string(100 + i);
    for (const char* compression : {"c23", "c40"}) {
      videos.push_back(real_video(name, name));
      videos.back().compression = compression;
      videos.push_back(fake_video(name + "_999", name, "999"));
      videos.back().compression = compression;
    }
    videos.push_back(real_video("p_" + name, "p"));
    videos.push_back(fake_video("p_" + name, "p", "p", "swap"));
  }
  const auto splits = deal_by_video(pointers(videos), kShares, {}).splits;
  for (std::size_t i = 0; i < videos.size(); i += 6) {
    EXPECT_EQ(splits[i], splits[i + 1]);
    EXPECT_EQ(splits[i], splits[i + 2]);
    EXPECT_EQ(splits[i], splits[i + 3]);
    EXPECT_EQ(splits[i + 4], splits[i + 5]);
  }
  EXPECT_EQ(recurring(videos, splits), (std::set<std::string>{"999", "p"}));  // whole videos, not people
}

TEST(VideoDeal, AVideoOfSeveralPeopleIsNeverInTwoSplits) {
  std::vector<SplitVideo> videos;
  for (int i = 0; i < 20; ++i) {
    videos.push_back(real_video("v" + std::to_string(i), "a" + std::to_string(i)));
    videos.push_back(real_video("v" + std::to_string(i), "b" + std::to_string(i)));
  }
  for (const bool crossing : {false, true}) {
    const auto splits = deal_by_identity(pointers(videos), kShares, {.leave_out_crossing = crossing}).splits;
    for (std::size_t i = 0; i < videos.size(); i += 2) EXPECT_EQ(splits[i], splits[i + 1]);
    EXPECT_EQ(counts(videos, splits, 0),
              (std::map<Split, int>{{Split::kTest, 4}, {Split::kVal, 8}, {Split::kTrain, 28}}));
  }
}

TEST(VideoDeal, VideosThatNameNobodyStandAlone) {
  std::vector<SplitVideo> videos;
  for (int i = 0; i < 10; ++i) videos.push_back(real_video("v" + std::to_string(i), ""));
  const DealtVideos dealt = deal_by_identity(pointers(videos), kShares, {.leave_out_crossing = true});
  EXPECT_EQ(dealt.largest_chain, 1u);
  EXPECT_EQ(counts(videos, dealt.splits, 0),
            (std::map<Split, int>{{Split::kTest, 1}, {Split::kVal, 2}, {Split::kTrain, 7}}));
}

}  // namespace
}  // namespace unmask
