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
    made.add_video({each.method, each.compression, each.video, each.target_identity, each.source_identity});
    made.add_crop(each.label, digest64(each.source_digest));
  }
  return made;
}

std::set<std::string> names(const SplitCensus& census) {
  std::set<std::string> keys;
  for (const auto& [name, labels] : census.videos) keys.insert(name);
  return keys;
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
  EXPECT_EQ(names(census("base", Split::kTrain, {raw, packed})), (std::set<std::string>{"real 000", "real c40 000"}));
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
  EXPECT_EQ(counted.without_crop, (std::array<std::int64_t, 2>{0, 2}));
  EXPECT_EQ(counted.unreadable, (std::array<std::int64_t, 2>{0, 0}));
  EXPECT_EQ(counted.targets, std::set<std::string>{"000"});
  EXPECT_EQ(counted.sources, std::set<std::string>{"003"});
  EXPECT_EQ(counted.fingerprint, CropStore(folder / "val.crops").fingerprint());
  EXPECT_EQ(names(counted),
            (std::set<std::string>{"real c23 000_000", "face2face c23 000_000", "real c23 000_001",
                                   "face2face c23 000_001", "real c23 000_002", "face2face c23 000_003"}));
  EXPECT_EQ(census_table({counted}),
            "dataset  split  real  fake  real without a face  fake without a face  videos  identities\n"
            "base     val       5     3                    0  2 (40.0%)                 6           1");
  EXPECT_TRUE(label_conflicts({counted}).empty());
}

TEST(SplitCensusTest, FramesThatCouldNotBeReadAreCountedByClass) {
  SplitCensus split;
  split.add_without_crop(0, FrameStatus::kNoFace);
  split.add_without_crop(1, FrameStatus::kNoFace);
  split.add_without_crop(1, FrameStatus::kTruncated);
  EXPECT_EQ(split.without_crop, (std::array<std::int64_t, 2>{1, 2}));
  EXPECT_EQ(split.unreadable, (std::array<std::int64_t, 2>{0, 1}));
}

TEST(SplitCensusTest, ASourceIdentityIsAPersonToo) {
  const auto fake_of = [](const std::string& target, const std::string& source) {
    FrameInfo info = frame(target + "_" + source, target, 1);
    info.source_identity = source;
    return info;
  };
  const SplitCensus train = census("base", Split::kTrain, {frame("000", "000"), fake_of("000", "001")});
  const auto text = [&](const std::vector<FrameInfo>& val) {
    const auto leak = leak_between(train, census("base", Split::kVal, val));
    return leak ? leak->text() : "";
  };
  EXPECT_EQ(text({frame("002", "002"), fake_of("002", "003")}), "");
  EXPECT_EQ(text({frame("001", "001")}), "dataset base: 1 source identity (001) in both train and val");
  EXPECT_EQ(text({fake_of("002", "000")}), "dataset base: 1 source identity (000) in both train and val");
  EXPECT_EQ(text({fake_of("002", "001")}), "dataset base: 1 source identity (001) in both train and val");
  // Who is told as a target isn't told twice.
  EXPECT_EQ(text({fake_of("000", "003")}), "dataset base: 1 target identity (000) in both train and val");
  EXPECT_EQ(text({fake_of("000", "001")}),
            "dataset base: 1 video (deepfakes 000_001) and 1 target identity (000) and 1 source identity (001) in both "
            "train and val");
}

TEST(SplitCensusTest, DatasetsThatAreGivenTogetherAreComparedAcrossSplits) {
  const SplitCensus train = census("base", Split::kTrain, {frame("a", "p1"), frame("b", "p2")}),
                    other_train = census("augment", Split::kTrain, {frame("a", "p1")}),
                    other_val = census("augment", Split::kVal, {frame("b", "p2"), frame("c", "p3")});
  const std::vector<SplitLeak> leaks = leaks_across({train, other_train, other_val});
  ASSERT_EQ(leaks.size(), 1u);
  EXPECT_EQ(leaks[0].text(), "1 video (real b) and 1 target identity (p2) in both base/train and augment/val");
}

TEST(SplitCensusTest, AVideoHasOneLabel) {
  FrameInfo real = frame("a", ""), fake = frame("a", "", 1), other = frame("b", "", 1);
  fake.method = "real";
  real.source_digest = "1", fake.source_digest = "2", other.source_digest = "3";
  const auto told = [](const std::vector<SplitCensus>& splits) {
    std::string text;
    for (const LabelConflict& each : label_conflicts(splits)) text += each.text() + "\n";
    return text;
  };
  EXPECT_EQ(told({census("base", Split::kTrain, {real, other})}), "");
  EXPECT_EQ(told({census("base", Split::kTrain, {real, fake})}), "base/train real a has crops of both labels\n");
  const SplitCensus train = census("base", Split::kTrain, {real}), val = census("base", Split::kVal, {fake, other});
  EXPECT_EQ(told({train, val}), "base/train real a is real, base/val real a is fake\n");
  EXPECT_EQ(told({train, census("augment", Split::kVal, {fake})}), "") << "another dataset's names are its own";
}

TEST(SplitCensusTest, EqualPixelsHaveOneLabel) {
  const test::TemporaryFolder folder;
  const auto store = [&](const std::string& file, int label, int px, CropEncoding encoding, std::uint32_t pixels) {
    CropStoreWriter writer(folder / file, px, encoding, "{}");
    for (std::uint32_t row = 0; row < 2; ++row) {
      FrameInfo info = frame(file, "", label);
      info.frame = row;
      writer.append(info, test::smooth_crop(px, pixels + row));
    }
    writer.finish();
    return take_census(folder / file, "base", Split::kTrain);
  };
  const SplitCensus real = store("real", 0, 16, CropEncoding::kJpeg95, 0),
                    equal = store("equal", 1, 16, CropEncoding::kJpeg95, 0),
                    next = store("next", 1, 16, CropEncoding::kJpeg95, 1),
                    other = store("other", 1, 16, CropEncoding::kJpeg95, 2),
                    twin = store("twin", 0, 16, CropEncoding::kJpeg95, 0);
  const auto told = [](const std::vector<SplitCensus>& splits) {
    std::string text;
    for (const LabelConflict& each : label_conflicts(splits)) text += each.text() + "\n";
    return text;
  };
  EXPECT_EQ(told({equal, real}),
            "2 crops with equal pixels: real in base/train real real, fake in base/train deepfakes equal\n");
  EXPECT_EQ(told({real, next}),
            "1 crop with equal pixels: real in base/train real real, fake in base/train deepfakes next\n");
  EXPECT_EQ(told({real, other}), "");
  EXPECT_EQ(told({real, twin}), "") << "one label";
}

}  // namespace
}  // namespace unmask
