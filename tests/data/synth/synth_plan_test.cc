#include "data/synth/synth_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

namespace unmask::synth {
namespace {

namespace fs = std::filesystem;

std::string text_of(const SynthPlan& plan) {
  std::string text;
  for (const Clip& clip : plan.clips) {
    text += clip.folder + "/" + clip.name + " " + std::to_string(clip.number) + " " + std::to_string(clip.drawn) + "\n";
  }
  return text;
}

TEST(SynthPlanTest, TheSeedDecidesThePlan) {
  const std::vector<std::string> people = {"ann", "bob"};
  const std::string once = text_of(plan_synth(3, people));
  EXPECT_EQ(text_of(plan_synth(3, people)), once);
  EXPECT_NE(text_of(plan_synth(4, people)), once);
}

TEST(SynthPlanTest, AClipsNumberIsItsOwn) {
  std::set<std::uint32_t> numbers;
  for (const Clip& clip : plan_synth(3, {"ann", "bob"}).clips) EXPECT_TRUE(numbers.insert(clip.number).second);
  EXPECT_EQ(numbers.size(), 2u * 2 * (220 + 75 + 30));  // a repeated number would repeat a clip's draws
}

TEST(SynthPlanTest, NamesSayIdentityAndMethodAndNothingElseOfTheLabel) {
  const SynthPlan plan = plan_synth(3, {"ann", "bob", "cy", "dee", "eve"});
  std::map<std::string, std::set<std::string>> numbers;
  std::map<bool, double> sum, count;
  for (const Clip& clip : plan.clips) {
    const bool swap = clip.name.starts_with("swap_"), part = clip.name.starts_with("part_");
    EXPECT_EQ(clip.fake, swap || part) << clip.name;
    if (clip.fake) {
      EXPECT_EQ(clip.family == BlendFamily::kSwap, swap);
    }
    const std::string number = clip.name.substr(clip.name.rfind('_') + 1);
    const std::string dataset = clip.folder.substr(0, clip.folder.find('/'));
    EXPECT_TRUE(numbers[dataset].insert(number).second) << clip.name << ": number used twice in " << dataset;
    sum[clip.fake] += std::stod(number);
    ++count[clip.fake];
  }
  EXPECT_EQ(numbers.size(), 2u);
  EXPECT_NEAR(sum[true] / count[true], sum[false] / count[false],
              50);  // of 0 to 649; deviation of the difference is 10
}

TEST(SynthPlanTest, SplitsAndClassesAreAsPromised) {
  const SynthPlan plan = plan_synth(3, {"ann", "bob", "cy", "dee", "eve"});
  std::map<std::string, int> clips;
  std::map<std::string, std::map<std::string, int>> people;  // split folder and class → identity → clips
  std::map<std::string, std::string> split_of;
  for (const Clip& clip : plan.clips) {
    ++clips[clip.folder];
    const std::string bare = clip.fake ? clip.name.substr(5) : clip.name, who = bare.substr(0, bare.find('_'));
    ++people[clip.folder][who];
    const fs::path folder(clip.folder);
    const std::string parts = folder.string().substr(folder.string().find('/') + 1);
    const std::string split = parts.substr(0, parts.find(clip.fake ? "fake" : "real"));
    const auto [known, is_new] = split_of.emplace(who, split);
    EXPECT_EQ(known->second, split) << who << " is in two splits";
  }
  for (const std::string dataset : {"base_deepfake/", "augment_deepfake/"}) {
    for (const auto& [split, wanted] : std::map<std::string, int>{{"", 220}, {"val/", 75}, {"calibration/", 30}}) {
      EXPECT_EQ(clips[dataset + split + "real/frames"], wanted);
      EXPECT_EQ(clips[dataset + split + "fake/frames"], wanted);
      EXPECT_EQ(people[dataset + split + "real/frames"], people[dataset + split + "fake/frames"]);
    }
  }
  EXPECT_EQ(split_of["ann"], "val/");
  EXPECT_EQ(split_of["bob"], "val/");
  EXPECT_EQ(split_of["eve"], "");
}

TEST(SynthPlanTest, FamilyDoesNotDependOnIdentity) {
  int parts = 0, fakes = 0, most = 0, people = 0;
  std::map<std::uint32_t, std::pair<int, int>> by_person;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    for (const Clip& clip : plan_synth(seed, {}).clips) {
      if (!clip.fake || clip.look != CameraLook::kStudio) continue;
      ++fakes, ++by_person[clip.drawn].second;
      if (clip.family == BlendFamily::kPart) ++parts, ++by_person[clip.drawn].first;
    }
  }
  EXPECT_NEAR(static_cast<double>(parts) / fakes, 0.2, 0.02);
  for (const auto& [who, count] : by_person) most = std::max(most, count.first), ++people;
  EXPECT_LT(most, 25);  // of 20 to 60 fakes; an identity tied to a family would have them all
  EXPECT_GT(people, 100);
}

TEST(SynthPlanTest, SomebodyIsInValWhereverThereAreTwoPeople) {
  EXPECT_EQ(split_people(0).size(), 0u);
  EXPECT_EQ(split_people(1), std::vector<Split>{Split::kTrain});
  for (std::size_t people = 2; people < 40; ++people) {
    const std::vector<Split> splits = split_people(people);
    EXPECT_GE(std::count(splits.begin(), splits.end(), Split::kVal), 1) << people;
    EXPECT_GE(std::count(splits.begin(), splits.end(), Split::kTrain), 1) << people;
    EXPECT_EQ(std::count(splits.begin(), splits.end(), Split::kCalibration) > 0, people >= 8) << people;
  }
}

}  // namespace
}  // namespace unmask::synth
