#include "data/corrupt/video_corrupter.h"

#include <gtest/gtest.h>

#include <tuple>

#include "data/corrupt/corrupted_picture.h"
#include "tests/data/corrupt/carphone_store.h"
#include "tests/support/refusal.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
using test::crop_of;

// At this scale a picture is what it was, so that the sources give prepare's crops again.
constexpr Corruption kNothing = {CorruptionKind::kResize, 1, 1.0};
constexpr Corruption kNoise = {CorruptionKind::kNoise, 2, 0.05};

class VideoCorrupterTest : public testing::Test {
 protected:
  VideoCorrupterTest() { fs::copy_file(face_file("carphone.mp4"), folder_.path() / "a.mp4"); }
  CorruptOptions on_sources(std::vector<Corruption> corruptions) const {
    return {.corruptions = std::move(corruptions), .sources = {folder_.path()}};
  }
  static std::vector<CorruptedFaces> corrupted(const CropStore& store, const CorruptOptions& options) {
    std::vector<CorruptedFaces> all;
    VideoCorrupter(options, store.preprocessing_json())
        .corrupt(store, test::all_rows(store), [&](const CorruptedFaces& faces) { all.push_back(faces); });
    return all;
  }
  TemporaryFolder folder_;
};

TEST_F(VideoCorrupterTest, CropsAreCorruptedAsPicturesAndRowsWithoutOneAreLeftOut) {
  const CropStore prepared = test::prepared_store(folder_.path(), {"a.mp4"});
  CropStoreWriter writer(folder_.path() / "gap.crops", 48, CropEncoding::kRaw, "{}");
  for (std::uint32_t row = 0; row < 3; ++row) {
    FrameInfo info = prepared.frame(row);
    if (row == 1) info.status = FrameStatus::kNoFace;
    writer.append(info, row == 1 ? std::vector<std::uint8_t>() : crop_of(prepared, row));
  }
  writer.finish();
  const CropStore store(folder_.path() / "gap.crops");
  const auto faces = corrupted(store, {.corruptions = {kNothing, kNoise}});
  ASSERT_EQ(faces.size(), 2u);
  EXPECT_EQ(faces[1].corruption, 1u);
  EXPECT_EQ(faces[1].rows, (std::vector<std::uint32_t>{0, 2}));
  for (std::size_t i = 0; i < 2; ++i) {
    RgbImage crop{48, 48, crop_of(store, faces[0].rows[i])};
    EXPECT_EQ(faces[0].crops[i], crop.rgb);
    corrupt_picture(crop, picture_key(store.frame(faces[0].rows[i])), kNoise);
    EXPECT_EQ(faces[1].crops[i], crop.rgb);
  }
}

TEST_F(VideoCorrupterTest, TheCropsOfEachPersonAreAClip) {
  CropStoreWriter writer(folder_.path() / "two.crops", 48, CropEncoding::kRaw, "{}");
  for (std::uint32_t row = 0; row < 4; ++row) {
    FrameInfo info;
    info.dataset = "base", info.video = "v", info.frame = row / 2, info.track = row % 2;
    info.box = {0, 0, 48, 48};
    writer.append(info, std::vector<std::uint8_t>(48 * 48 * 3, static_cast<std::uint8_t>(40 * row)));
  }
  writer.finish();
  const auto faces = corrupted(CropStore(folder_.path() / "two.crops"), {.corruptions = {kNoise}});
  ASSERT_EQ(faces.size(), 2u);
  EXPECT_EQ(faces[0].rows, (std::vector<std::uint32_t>{0, 2}));
  EXPECT_EQ(faces[1].rows, (std::vector<std::uint32_t>{1, 3}));
}

TEST_F(VideoCorrupterTest, SourcesThatNothingIsDoneToGiveTheStoresCrops) {
  fs::copy_file(face_file("astronaut.png"), folder_.path() / "p.png");
  for (const auto& [encoding, faces_of, files] :
       {std::tuple(CropEncoding::kRaw, FaceChoice::kTracked, std::vector<std::string>{"a.mp4"}),
        std::tuple(CropEncoding::kJpeg95, FaceChoice::kBest, std::vector<std::string>{"a.mp4"}),
        std::tuple(CropEncoding::kRaw, FaceChoice::kAll, std::vector<std::string>{"p.png"})}) {
    const CropStore store = test::prepared_store(folder_.path(), files, encoding, faces_of);
    const auto faces = corrupted(store, on_sources({kNothing}));
    ASSERT_EQ(faces.size(), 1u);
    ASSERT_GE(faces[0].rows.size(), files[0] == "p.png" ? 2u : 4u);
    for (std::size_t i = 0; i < faces[0].rows.size(); ++i)
      EXPECT_EQ(faces[0].crops[i], crop_of(store, faces[0].rows[i])) << files[0] << i;
  }
}

TEST_F(VideoCorrupterTest, FramesAreCorruptedBeforeTheFacesAreFound) {
  const CropStore store = test::prepared_store(folder_.path(), {"a.mp4"});
  const Corruption dark = {CorruptionKind::kResize, 5, 60};  // of a face nothing is left
  const Corruption bright = {CorruptionKind::kBrightness, 1, 0.1};
  const auto faces = corrupted(store, on_sources({bright, dark, {CorruptionKind::kH264, 1, 23}}));
  ASSERT_EQ(faces.size(), 3u);
  std::size_t found = 0, near = 0;
  for (std::size_t i = 0; i < faces[0].rows.size(); ++i) {
    EXPECT_TRUE(faces[1].crops[i].empty());
    near += faces[2].crops[i].empty() ? 0 : 1;
    if (faces[0].crops[i].empty()) continue;
    ++found;
    const auto was = crop_of(store, faces[0].rows[i]);
    double more = 0;
    for (std::size_t k = 0; k < was.size(); ++k) more += faces[0].crops[i][k] - was[k];
    EXPECT_NEAR(more / static_cast<double>(was.size()), 26, 8);  // little is cut off at white
  }
  EXPECT_GE(found, 3u);
  EXPECT_GE(near, 3u);
}

TEST_F(VideoCorrupterTest, WhatCantBeDoneIsSaid) {
  const CropStore store = test::prepared_store(folder_.path(), {"a.mp4"});
  const auto refused = [&](ErrorKind kind, const CorruptOptions& options, const std::string& preprocessing) {
    return test_support::refusal(kind, [&] {
      VideoCorrupter corrupter(options, preprocessing);
      corrupter.require_sources(store, test::all_rows(store), {});
    });
  };
  EXPECT_EQ(refused(ErrorKind::kData, on_sources({kNoise}), store.preprocessing_json()), "");
  EXPECT_EQ(refused(ErrorKind::kData, {.corruptions = {kNoise}}, "{}"), "");  // crops are crops
  EXPECT_NE(refused(ErrorKind::kData, on_sources({kNoise}), "{}"), "");
  const std::string other = refused(ErrorKind::kData, on_sources({kNoise}), preprocessing_json({}, "dlib 1.0"));
  EXPECT_NE(other.find("detector_version"), std::string::npos) << other;
  PrepareOptions yunet;
  yunet.detector = DetectorKind::kYuNet;
  const std::string model = refused(ErrorKind::kUsage, on_sources({kNoise}), preprocessing_json(yunet, "yunet"));
  EXPECT_NE(model.find("--detector-model"), std::string::npos) << model;
  write_bytes(folder_.path() / "a.mp4", {'x'});
  const std::string changed = refused(ErrorKind::kData, on_sources({kNoise}), store.preprocessing_json());
  EXPECT_NE(changed.find("a.mp4 is another file"), std::string::npos) << changed;
}

}  // namespace
}  // namespace unmask
