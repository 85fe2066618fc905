#include "data/audit/near_duplicates.h"

#include <gtest/gtest.h>

#include "base/number_text.h"
#include "data/audit/candidate_matcher.h"
#include "data/synth/synth_face.h"
#include "data/synth/synth_paint.h"
#include "tests/data/audit/audit_pictures.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

using test::picture;
using test::TestVideo;

/// As launch/run/audit_runner.h does it, the ranks one after another.
std::vector<NearDuplicate> duplicates_among(const AuditCrops& crops, int world) {
  std::vector<CropSketch> sketches;
  test::Rgb first;
  for (std::size_t i = 0; i < crops.size(); ++i) {
    crops.read(i, first);
    sketches.push_back(sketch_crop(first, crops.crop_px(i)));
  }
  std::vector<DuplicateCandidate> candidates;
  for (int rank = 0; rank < world; ++rank) {
    const Shard mine = shard_of(rank, world, sketches.size());
    std::vector<CropProbe> probes;
    for (const std::uint32_t crop : probe_crops(crops.video_of())) {
      if (crop < mine.begin || crop >= mine.end) continue;
      crops.read(crop, first);
      probes.push_back(probe_crop(crop, first, crops.crop_px(crop)));
    }
    for (const auto& each : find_candidates(sketches, crops.video_of(), crops.videos(), mine, probes))
      candidates.push_back(each);
  }
  candidates = merge_candidates(candidates, crops.video_of());
  std::vector<CropMatch> matches;
  CandidateMatcher matcher(crops);
  for (const DuplicateCandidate& each : candidates) matches.push_back(matcher.match(each));
  return confirmed_duplicates(candidates, matches, crops);
}

class NearDuplicatesTest : public testing::Test {
 protected:
  void write(const std::string& store, const std::vector<TestVideo>& videos) {
    test::write_videos(folder_ / (store + ".crops"), videos);
  }
  std::vector<NearDuplicate> found(int world = 1) const {
    return duplicates_among(AuditCrops(find_audit_stores({folder_.path().string()})), world);
  }
  /// Pairs of videos, "a b, c d".
  std::string pairs(int world = 1) const {
    std::string text;
    for (const NearDuplicate& pair : found(world))
      text += (text.empty() ? "" : ", ") + pair.first + " = " + pair.second + (pair.mirrored ? " mirrored" : "");
    return text;
  }
  test_support::TemporaryFolder folder_;
};

TEST_F(NearDuplicatesTest, CopiesInAnotherSplitAreFound) {
  for (std::uint32_t i = 0; i < 12; ++i) {
    const test::Rgb own = picture(i * 3), next = picture(i * 3 + 1), other = picture(i * 3 + 2);
    write("base/train", {{"a", 0, {other, own}, "", ""}, {"b", 0, {next}, "", ""}});
    write("base/val", {{"c", 0, {test::re_encoded(own)}, "", ""}});
    EXPECT_EQ(pairs(), "base/train real a = base/val real c");
    write("base/val", {{"c", 0, {test::resized(own)}, "", ""}});
    EXPECT_EQ(pairs(), "base/train real a = base/val real c");
    write("base/val", {{"c", 0, {test::mirrored(test::re_encoded(test::resized(own)))}, "", ""}});
    EXPECT_EQ(pairs(), "base/train real a = base/val real c mirrored");
    write("base/val", {{"c", 0, {own}, "", ""}, {"d", 1, {next, test::mirrored(next)}, "", ""}});
    EXPECT_EQ(pairs(), "base/train real a = base/val real c, base/train real b = base/val swap d");
    const std::vector<NearDuplicate> examples = found();
    ASSERT_EQ(examples.size(), 2u);
    EXPECT_EQ(examples[0].first_frame, 1u);
    EXPECT_EQ(examples[0].second_frame, 0u);
    EXPECT_FALSE(examples[0].labels_differ);
    EXPECT_TRUE(examples[1].labels_differ);
    EXPECT_GT(examples[0].similarity, 0.999);
  }
}

/// As a detector finds a face anew in a copy of a video: the box is a tenth larger or smaller, and has moved.
TEST_F(NearDuplicatesTest, CopiesWithOtherBoxesAreFound) {
  constexpr int kPlatePx = 2 * test::kPicturePx;
  for (const int side : {124, 136, 150}) {
    for (std::uint32_t number = 0; number < 4; ++number) {
      test::Rgb plate = picture(number, kPlatePx);
      const auto cut = [&](int px, int x, int y) {
        cv::Mat crop;
        cv::resize(test::as_image(plate, kPlatePx)(cv::Rect(x - px / 2, y - px / 2, px, px)), crop,
                   {test::kPicturePx, test::kPicturePx}, 0, 0, cv::INTER_AREA);
        return test::as_rgb(crop);
      };
      write("base/train", {{"a", 0, {cut(136, 112, 112), picture(number + 100)}, "", ""}});
      write("base/val", {{"b", 0, {test::mirrored(test::re_encoded(cut(side, 116, 109), 60))}, "", ""}});
      EXPECT_EQ(pairs(), "base/train real a = base/val real b mirrored") << side << ", " << number;
    }
  }
}

TEST(NearDuplicatesCandidatesTest, TheySayThroughWhichWindow) {
  constexpr int kPlatePx = 2 * test::kPicturePx;
  test::Rgb plate = picture(3, kPlatePx);
  const auto cut = [&](int px, int x, int y) {
    cv::Mat crop;
    cv::resize(test::as_image(plate, kPlatePx)(cv::Rect(x - px / 2, y - px / 2, px, px)), crop,
               {test::kPicturePx, test::kPicturePx}, 0, 0, cv::INTER_AREA);
    return test::as_rgb(crop);
  };
  const test::Rgb first = cut(136, 112, 112), second = cut(156, 118, 106);
  const std::vector<CropSketch> sketches = {sketch_crop(first, test::kPicturePx),
                                            sketch_crop(second, test::kPicturePx)};
  std::vector<AuditVideo> videos(2);
  videos[1].split = Split::kVal;
  const std::vector<CropProbe> probes = {probe_crop(1, second, test::kPicturePx)};
  const std::vector<std::uint32_t> video_of = {0, 1};
  const auto found = find_candidates(sketches, video_of, videos, {0, 2}, probes);
  ASSERT_EQ(found.size(), 1u);
  const SketchWindow& window =
      sketch_windows()[found[0].window];  // the first's middle is smaller in it, left and below
  EXPECT_LT(window.size, 1);
  EXPECT_LT(window.right, 0);
  EXPECT_GT(window.down, 0);
}

TEST(NearDuplicatesProbesTest, AFewOfEachVideoEvenlySpaced) {
  std::vector<std::uint32_t> video_of(8, 0);
  video_of.insert(video_of.end(), {1, 2, 2});
  EXPECT_EQ(probe_crops(video_of), (std::vector<std::uint32_t>{0, 2, 4, 6, 8, 9, 10}));
}

TEST_F(NearDuplicatesTest, DatasetsAreComparedAcrossSplits) {
  write("base/train", {{"a", 0, {picture(0)}, "", ""}});
  write("augment/train", {{"b", 0, {picture(0)}, "", ""}});
  EXPECT_EQ(pairs(), "") << "both are trained on";
  write("augment/val", {{"c", 0, {test::re_encoded(picture(0))}, "", ""}});
  EXPECT_EQ(pairs(), "augment/train real b = augment/val real c, augment/val real c = base/train real a");
}

TEST_F(NearDuplicatesTest, OneSplitIsNoLeakUnlessLabelsContradict) {
  const test::Rgb own = picture(0);
  write("base/train", {{"a", 0, {own, own}, "", ""}, {"b", 0, {test::re_encoded(own)}, "", ""}});
  EXPECT_EQ(pairs(), "");
  write("base/train", {{"a", 0, {own}, "", ""}, {"b", 1, {test::re_encoded(own)}, "", ""}});
  EXPECT_EQ(pairs(), "base/train real a = base/train swap b");
  EXPECT_EQ(found().front().text(), "base/train real a, frame 0, is frame 0 of base/train swap b (similarity " +
                                        fixed_text(found().front().similarity, 3) + "; one is real, one fake)");
  // A fake beside what it was made of is no contradiction: as its people say, or as its changed face does.
  write("base/train", {{"a", 0, {own}, "a", ""}, {"b", 1, {test::re_encoded(own)}, "a", "c"}});
  EXPECT_EQ(pairs(), "");
  write("base/train", {{"a", 0, {own}, "", ""}, {"b", 1, {test::swapped(own, 7)}, "", ""}});
  EXPECT_EQ(pairs(), "");
}

TEST_F(NearDuplicatesTest, PicturesOfNothingAreLikeNothing) {
  const test::Rgb black(test::kPicturePx * test::kPicturePx * 3);
  write("base/train", {{"a", 0, {black, picture(0)}, "", ""}});
  write("base/val", {{"b", 0, {black, picture(1)}, "", ""}});
  EXPECT_EQ(pairs(), "");
  test::Rgb night = black;  // hardly darker on one side
  for (std::size_t i = 0; i < night.size(); ++i) night[i] = static_cast<std::uint8_t>(i / 3 % test::kPicturePx / 12);
  write("base/train", {{"a", 0, {night, picture(0)}, "", ""}});
  write("base/val", {{"b", 0, {night, picture(1)}, "", ""}});
  EXPECT_EQ(pairs(), "");
}

TEST_F(NearDuplicatesTest, APictureOfManyVideosIsNotToldOfAllPairs) {
  std::vector<TestVideo> train, val;
  for (std::uint32_t i = 0; i < 40; ++i) {
    train.push_back({"a" + std::to_string(i), 0, {picture(0), test::re_encoded(picture(0))}, "", ""});
    val.push_back({"b" + std::to_string(i), 0, {picture(0)}, "", ""});
  }
  write("base/train", train);
  write("base/val", val);
  EXPECT_EQ(found(1).size(), 40u * 16);
  EXPECT_EQ(found(3).size(), 40u * 16);
}

TEST_F(NearDuplicatesTest, AnyNumberOfRanksFindsTheSame) {
  std::vector<TestVideo> train, val;
  for (std::uint32_t i = 0; i < 12; ++i) {
    const test::Rgb own = picture(i);
    train.push_back({"a" + std::to_string(i), 0, {own, test::re_encoded(own), picture(i + 100)}, "", ""});
    val.push_back({"b" + std::to_string(i), 0, {test::mirrored(own), test::resized(own), picture(i + 200)}, "", ""});
  }
  write("base/train", train);
  write("base/val", val);
  const std::vector<NearDuplicate> alone = found(1);
  EXPECT_EQ(alone.size(), 12u);
  for (const int world : {2, 4, 7}) {
    const std::vector<NearDuplicate> shared = found(world);
    ASSERT_EQ(shared.size(), alone.size());
    for (std::size_t i = 0; i < alone.size(); ++i) {
      EXPECT_EQ(shared[i].text(), alone[i].text());
      EXPECT_EQ(shared[i].similarity, alone[i].similarity);
    }
  }
}

TEST_F(NearDuplicatesTest, DrawnFacesOfDifferentPeopleAreNone) {
  std::vector<TestVideo> videos[2];
  for (std::uint32_t i = 0; i < 60; ++i) {
    Draws draws(5, DrawFor::kSynth, i);
    const synth::DrawnFace face = synth::draw_face(draws);
    cv::Mat plate = synth::paint_face(face, Draws(5, DrawFor::kSynth, i, 0, 1), Draws(5, DrawFor::kSynth, i, 0, 2));
    plate.convertTo(plate, CV_8U);
    cv::Mat crop;  // all faces in one place, which is harder than what a detector cuts out
    cv::resize(plate(cv::Rect(45, 45, 230, 230)), crop, {test::kPicturePx, test::kPicturePx}, 0, 0, cv::INTER_AREA);
    cv::cvtColor(crop, crop, cv::COLOR_BGR2RGB);
    videos[i % 2].push_back({"p" + std::to_string(i), 0, {test::as_rgb(crop)}, "", ""});
  }
  videos[1].push_back({"copy", 0, {test::mirrored(test::re_encoded(videos[0][17].crops[0]))}, "", ""});
  write("base/train", videos[0]);
  write("base/val", videos[1]);
  EXPECT_EQ(pairs(), "base/train real p34 = base/val real copy mirrored");
}

TEST(NearDuplicatesShardTest, ShardsAreAllOfIt) {
  for (const std::size_t count : {0u, 1u, 7u, 100u}) {
    std::size_t at = 0;
    for (int rank = 0; rank < 3; ++rank) {
      const Shard shard = shard_of(rank, 3, count);
      EXPECT_EQ(shard.begin, at);
      at = shard.end;
    }
    EXPECT_EQ(at, count);
  }
}

}  // namespace
}  // namespace unmask
