#include "data/split/split_plan.h"

#include <gtest/gtest.h>
#include <algorithm>

#include "base/error.h"
#include "data/split/official_pairs.h"
#include "tests/data/split/split_videos.h"
#include "tests/support/refusal.h"

namespace unmask {
namespace {

using test::counts;
using test::faceforensics;
using test::fake_video;
using test::real_video;
using test::recurring;
using test_support::refusal;
using Counts = std::map<Split, int>;

std::vector<SplitVideo> all_of_faceforensics() {
  std::vector<SplitVideo> videos;
  for (const Split split : {Split::kTrain, Split::kVal, Split::kTest}) {
    const auto some = faceforensics(official_pairs(split));
    videos.insert(videos.end(), some.begin(), some.end());
  }
  return videos;
}

/// Fakes of 12 people among each other and a clip of each; those of the first four are `published`.
std::vector<SplitVideo> celeb_df(Split published) {
  std::vector<SplitVideo> videos;
  for (int a = 0; a < 12; ++a) {
    for (const int b : {a, (a + 1) % 12, (a + 5) % 12}) {
      const std::string target = "id" + std::to_string(a), source = "id" + std::to_string(b);
      videos.push_back(a == b ? real_video(target + "_0000", target)
                              : fake_video(target + "_" + source + "_0000", target, source, "celeb_df"));
      videos.back().source = (a == b ? "Celeb-real/" : "Celeb-synthesis/") + videos.back().video + ".mp4";
      if (a < 4) videos.back().published = published;
    }
  }
  return videos;
}

bool says(const SplitPlan& plan, const std::string& part) {
  return std::ranges::any_of(plan.said, [&](const std::string& line) { return line.find(part) != line.npos; });
}

TEST(SplitPlan, OfficialFaceForensicsIs720And140And140OfEachMethod) {
  const auto videos = all_of_faceforensics();
  const SplitPlan plan = plan_split("base", videos, {.by = SplitBy::kOfficial});
  EXPECT_EQ(counts(videos, plan.splits, 0), (Counts{{Split::kTrain, 720}, {Split::kVal, 140}, {Split::kTest, 140}}));
  EXPECT_EQ(counts(videos, plan.splits, 1), (Counts{{Split::kTrain, 2880}, {Split::kVal, 560}, {Split::kTest, 560}}));
  EXPECT_TRUE(recurring(videos, plan.splits).empty());
  EXPECT_EQ(plan.said, (std::vector<std::string>{"dataset base: no calibration split: val, also selected on"}));
}

TEST(SplitPlan, CalibrationComesOutOfTrainByIdentityInEveryMode) {
  auto videos = all_of_faceforensics();
  for (const SplitBy by : {SplitBy::kOfficial, SplitBy::kPublished, SplitBy::kIdentity, SplitBy::kVideo}) {
    SplitOptions options{.by = by, .calibration = 0.05, .seed = 1};
    for (std::size_t i = 0; i < videos.size(); ++i) videos[i].published = i % 10 < 8 ? Split::kTrain : Split::kVal;
    const SplitPlan with = plan_split("base", videos, options);
    options.calibration = 0;
    const SplitPlan without = plan_split("base", videos, options);
    std::vector<std::optional<Split>> of_train = with.splits;
    for (std::size_t i = 0; i < videos.size(); ++i) {
      if (with.splits[i] == Split::kCalibration) {
        EXPECT_EQ(without.splits[i], Split::kTrain);
      } else {
        EXPECT_EQ(with.splits[i], without.splits[i]);
      }
      if (with.splits[i] != Split::kCalibration && with.splits[i] != Split::kTrain) of_train[i] = std::nullopt;
    }
    EXPECT_TRUE(recurring(videos, of_train).empty()) << to_word(by);
    EXPECT_NEAR(std::ranges::count(with.splits, std::optional(Split::kCalibration)), 250, 8) << to_word(by);
    EXPECT_FALSE(says(with, "no calibration split"));
    EXPECT_TRUE(says(without, "no calibration split: val, also selected on"));
  }
}

TEST(SplitPlan, IdentityKeepsPairsTogetherAndMeetsTheSharesOfEachLabel) {
  const auto videos = all_of_faceforensics();
  const SplitPlan plan = plan_split("base", videos, {.by = SplitBy::kIdentity, .val = 0.1, .test = 0.2, .seed = 7});
  EXPECT_EQ(counts(videos, plan.splits, 0), (Counts{{Split::kTrain, 700}, {Split::kVal, 100}, {Split::kTest, 200}}));
  EXPECT_EQ(counts(videos, plan.splits, 1), (Counts{{Split::kTrain, 2800}, {Split::kVal, 400}, {Split::kTest, 800}}));
  EXPECT_TRUE(recurring(videos, plan.splits).empty());
  const SplitPlan other = plan_split("base", videos, {.by = SplitBy::kIdentity, .val = 0.1, .test = 0.2, .seed = 8});
  EXPECT_NE(plan.splits, other.splits);
}

TEST(SplitPlan, PublishedIsWhatTheLayoutSaid) {
  auto videos = celeb_df(Split::kTest);
  videos[1].published = Split::kCalibration;
  const SplitPlan plan = plan_split("celeb", videos, {.by = SplitBy::kPublished});
  for (std::size_t i = 0; i < videos.size(); ++i) EXPECT_EQ(plan.splits[i], videos[i].published);
}

TEST(SplitPlan, DeepFakeDetectionHasNoOfficialSplitAndThatIsSaid) {
  auto videos = all_of_faceforensics();
  for (int i = 1; i <= 28; ++i) {
    const std::string actor = (i < 10 ? "0" : "") + std::to_string(i);
    videos.push_back(real_video(actor + "__walking", actor));
    videos.push_back(fake_video(actor + "_" + actor + "x__walking__A", actor, actor + "x", "deepfakedetection"));
  }
  const SplitPlan plan = plan_split("base", videos, {.by = SplitBy::kOfficial});
  EXPECT_TRUE(says(plan, "dataset base: DeepFakeDetection has no official split: its actors are split by identity"));
  EXPECT_TRUE(recurring(videos, plan.splits).empty());
  EXPECT_EQ(counts(videos, plan.splits, 0), (Counts{{Split::kTrain, 742}, {Split::kVal, 143}, {Split::kTest, 143}}));
}

TEST(SplitPlan, DfdcGoesByPartAndActorsMayRecurAndThatIsSaid) {
  std::vector<SplitVideo> videos;
  for (int part = 0; part < 50; ++part) {
    videos.push_back(real_video("r" + std::to_string(part), ""));
    videos.push_back(fake_video("f" + std::to_string(part), "", ""));
    for (std::size_t i = videos.size() - 2; i < videos.size(); ++i) {
      videos[i].source = "dfdc_train_part_" + std::to_string(part) + "/" + videos[i].video + ".mp4";
    }
  }
  const SplitPlan plan = plan_split("dfdc", videos, {.by = SplitBy::kOfficial});
  EXPECT_TRUE(says(plan, "actors may recur in two splits"));
  EXPECT_EQ(counts(videos, plan.splits, 0), (Counts{{Split::kTrain, 35}, {Split::kVal, 5}, {Split::kTest, 10}}));
  for (std::size_t i = 0; i < videos.size(); ++i) {
    EXPECT_EQ(plan.splits[i], i / 2 < 35 ? Split::kTrain : i / 2 < 40 ? Split::kVal : Split::kTest);
  }
  videos.resize(20);  // parts 0 to 9 alone
  const std::string text = refusal(ErrorKind::kUsage, [&] { plan_split("dfdc", videos, {.by = SplitBy::kOfficial}); });
  EXPECT_NE(text.find("dataset dfdc: split val would hold no crop of its 20 videos"), std::string::npos) << text;
  EXPECT_NE(text.find("--by identity"), std::string::npos) << text;
}

TEST(SplitPlan, CelebDfKeepsItsTestListAndSplitsTheRestByIdentity) {
  const auto videos = celeb_df(Split::kTest);
  const std::string text =
      refusal(ErrorKind::kUsage, [&] { plan_split("celeb", videos, {.by = SplitBy::kOfficial, .val = 0.2}); });
  EXPECT_NE(text.find("24 of them hang together"), std::string::npos) << text;
  EXPECT_NE(text.find("--leave-out-crossing"), std::string::npos) << text;
  const SplitPlan plan =
      plan_split("celeb", videos, {.by = SplitBy::kOfficial, .val = 0.25, .seed = 3, .leave_out_crossing = true});
  std::vector<std::optional<Split>> rest = plan.splits;
  for (std::size_t i = 0; i < videos.size(); ++i) {
    EXPECT_EQ(plan.splits[i] == Split::kTest, videos[i].published == Split::kTest);
    if (rest[i] == Split::kTest) rest[i] = std::nullopt;
  }
  EXPECT_TRUE(recurring(videos, rest).empty());
  EXPECT_EQ(counts(videos, plan.splits, 0), (Counts{{Split::kTrain, 6}, {Split::kVal, 2}, {Split::kTest, 4}}));
  EXPECT_TRUE(says(plan, "show people of the test list"));
  EXPECT_TRUE(says(plan, "left out: target and source are on two sides"));
}

TEST(SplitPlan, OfficialRefusesWhatNobodyHasSplit) {
  auto videos = all_of_faceforensics();
  videos.push_back(real_video("holiday\x1b", "me"));
  const std::string text = refusal(ErrorKind::kData, [&] { plan_split("base", videos, {.by = SplitBy::kOfficial}); });
  EXPECT_NE(text.find("no official split is known for 1 video, the first is holiday\\x1b (real)"), std::string::npos)
      << text;
}

TEST(SplitPlan, FakesOfTwoOfficialSplitsAreLeftOut) {
  auto videos = all_of_faceforensics();
  videos.push_back(fake_video("071_953", "071", "953"));
  const SplitPlan plan = plan_split("base", videos, {.by = SplitBy::kOfficial});
  EXPECT_FALSE(plan.splits.back());
  EXPECT_TRUE(says(plan, "1 fake left out: target and source are in two official splits"));
}

TEST(SplitPlan, SharesThatLeaveASplitEmptyAreRefused) {
  std::vector<SplitVideo> videos;
  for (int i = 0; i < 4; ++i) videos.push_back(real_video("v" + std::to_string(i), "p" + std::to_string(i)));
  const auto fault = [&](const SplitOptions& options) {
    return refusal(ErrorKind::kUsage, [&] { plan_split("few", videos, options); });
  };
  EXPECT_NE(
      fault({.val = 0.05, .test = 0.3}).find("split val would hold no crop of its 4 videos; ask for a larger share"),
      std::string::npos)
      << fault({.val = 0.05, .test = 0.3});
  EXPECT_NE(fault({.val = 0.3, .test = 0.01}).find("split test"), std::string::npos);
  EXPECT_NE(fault({.val = 0.3, .test = 0, .calibration = 0.01}).find("split calibration"), std::string::npos);
  EXPECT_EQ(fault({.val = 0.3, .test = 0.3}), "");
  EXPECT_EQ(fault({.val = 0, .test = 0}), "");  // all train
  for (SplitVideo& video : videos) video.crops = 0;
  EXPECT_NE(fault({.val = 0, .test = 0}).find("split train"), std::string::npos);
}

TEST(SplitPlan, ASplitOfOneClassIsSaid) {
  std::vector<SplitVideo> videos;
  for (int i = 0; i < 10; ++i) videos.push_back(real_video("v" + std::to_string(i), "p" + std::to_string(i)));
  EXPECT_TRUE(says(plan_split("few", videos, {}), "dataset few: split val is all real: no AUC can be had of it"));
}

}  // namespace
}  // namespace unmask
