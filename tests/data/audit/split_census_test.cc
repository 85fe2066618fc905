#include "data/audit/split_census.h"

#include <gtest/gtest.h>

#include "tests/data/crops_builder.h"

namespace unmask {
namespace {

FrameInfo frame(const std::string& video, const std::string& identity, int label = 0) {
  FrameInfo info;
  info.video = video;
  info.target_identity = identity;
  info.label = static_cast<std::uint8_t>(label);
  info.method = label == 0 ? "real" : "deepfakes";
  return info;
}

FrameInfo no_face(const std::string& video, const std::string& identity) {
  FrameInfo info = frame(video, identity);
  info.status = FrameStatus::kNoFace;
  return info;
}

SplitCensus census(const std::string& dataset, Split split, const std::vector<FrameInfo>& frames) {
  SplitCensus made;
  made.dataset = dataset;
  made.split = split;
  for (const FrameInfo& each : frames) {
    if (each.status != FrameStatus::kOk) continue;
    made.add_crop(each.label);
    made.add_video({each.method, each.compression, each.video, each.target_identity, each.source_identity});
  }
  return made;
}

TEST(SplitCensusTest, NamesVideosAndIdentitiesInTwoSplits) {
  const SplitCensus train =
      census("base", Split::kTrain, {frame("000", "000"), frame("001", "001"), frame("001_002", "001", 1)});
  struct Case {
    std::vector<FrameInfo> val;
    std::string wanted;  // "" = nothing is wrong
  };
  const std::vector<Case> cases = {
      {{frame("003", "003"), frame("003_004", "003", 1)}, ""},
      {{frame("003", ""), frame("003_004", "003", 1)}, ""},  // an unknown identity is no identity
      {{no_face("000", "000"), frame("003", "003"), frame("003_004", "003", 1)}, ""},
      {{frame("000", "009"), frame("003_004", "003", 1)}, "dataset base: 1 video (real 000) in both train and val"},
      {{frame("009", "001"), frame("003_004", "003", 1)},
       "dataset base: 1 target identity (001) in both train and val"},
      {{frame("001", "001"), frame("001_002", "001", 1)},
       "dataset base: 2 videos (deepfakes 001_002, real 001) and 1 target identity (001) in both train and val"},
      // Another method's fake of the same name is another video, but of the same identity.
      {{frame("003", "003"), frame("001_002", "003", 0), frame("003_001", "003", 1)}, ""},
  };
  for (const Case& each : cases) {
    const auto leak = leak_between(train, census("base", Split::kVal, each.val));
    EXPECT_EQ(leak ? leak->text() : "", each.wanted);
    EXPECT_FALSE(leak_between(train, census("augment", Split::kVal, each.val)));
  }
}

TEST(SplitCensusTest, ManyNamesAreCut) {
  std::vector<FrameInfo> frames;
  for (const char* name : {"e", "d", "c", "b", "a"}) frames.push_back(frame(name, ""));
  const auto leak = leak_between(census("base", Split::kVal, frames), census("base", Split::kTest, frames));
  ASSERT_TRUE(leak);
  EXPECT_EQ(leak->text(), "dataset base: 5 videos (real a, real b, real c, …) in both val and test");
}

TEST(SplitCensusTest, AllPairsOfSplitsAreCompared) {
  const SplitCensus train = census("base", Split::kTrain, {frame("a", ""), frame("b", "")}),
                    val = census("base", Split::kVal, {frame("b", ""), frame("c", "")}),
                    test = census("base", Split::kTest, {frame("c", "")}),
                    other = census("augment", Split::kTrain, {frame("a", ""), frame("c", "")});
  std::vector<std::string> texts;
  for (const SplitLeak& leak : leaks_among({other, train, val, test})) texts.push_back(leak.text());
  EXPECT_EQ(texts, (std::vector<std::string>{"dataset base: 1 video (real b) in both train and val",
                                             "dataset base: 1 video (real c) in both val and test"}));
}

TEST(SplitCensusTest, AVideoIsKnownByItsCompressionToo) {
  FrameInfo raw = frame("000", ""), packed = raw;
  packed.compression = "c40";
  EXPECT_FALSE(leak_between(census("base", Split::kTrain, {raw}), census("base", Split::kVal, {packed})));
  EXPECT_EQ(census("base", Split::kTrain, {raw, packed}).videos, (std::set<std::string>{"real 000", "real c40 000"}));
}

TEST(SplitCensusTest, TellsWhereOneClassIsMissing) {
  EXPECT_TRUE(census("base", Split::kVal, {frame("000", "000"), no_face("007", "007")}).has_one_class());
  EXPECT_TRUE(census("base", Split::kVal, {frame("000", "000", 1)}).has_one_class());
  EXPECT_FALSE(census("base", Split::kVal, {frame("000", "000"), frame("000", "000", 1)}).has_one_class());
  EXPECT_FALSE(census("base", Split::kVal, {no_face("007", "007")}).has_one_class());  // nothing to score at all
}

TEST(SplitCensusTest, CountsAStore) {
  const test::TemporaryFolder folder;
  // Rows 0 to 9: odd ones are fakes, 3 and 7 have no crop, a video has three rows, all are of one identity.
  test::write_store(folder / "val.crops", 10, 16, CropEncoding::kRaw, "base", Split::kVal);
  const SplitCensus counted = take_census(folder / "val.crops", "base", Split::kVal);
  EXPECT_EQ(counted.crop_px, 16);
  EXPECT_EQ(counted.real, 5);
  EXPECT_EQ(counted.fake, 3);
  EXPECT_EQ(counted.without_crop, 2);
  EXPECT_EQ(counted.identities, std::set<std::string>{"000"});
  EXPECT_EQ(counted.videos,
            (std::set<std::string>{"real c23 000_000", "face2face c23 000_000", "real c23 000_001",
                                   "face2face c23 000_001", "real c23 000_002", "face2face c23 000_003"}));
  EXPECT_EQ(census_table({counted}),
            "dataset  split  real  fake  without a face  videos  identities\n"
            "base     val       5     3               2       6           1");
}

}  // namespace
}  // namespace unmask
