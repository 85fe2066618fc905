#include "data/prepare/input_preparer.h"

#include <gtest/gtest.h>

#include "data/faces/face_alignment.h"
#include "data/prepare/preprocessing.h"
#include "data/store/jpeg_codec.h"
#include "tests/data/prepare/video_plan.h"
#include "tests/data/real_faces.h"

namespace unmask {
namespace {

class InputPreparerTest : public testing::Test {
 protected:
  static PrepareOptions options() {
    PrepareOptions result;
    result.crop_px = 48;
    return result;
  }
  /// As `unmask prepare` makes them.
  static std::vector<PreparedRow> prepared_rows(int frames) {
    PrepareListing listing = listing_of_files(face_file(""), {"carphone.mp4"});
    listing.options.faces = FaceChoice::kTracked;
    listing.options.frames = frames;
    const PreparePlan plan = plan_of_files(listing);
    return ClipPreparer(listing.options).prepare(plan, plan.units.at(0).clips.at(0), {});
  }
};

TEST_F(InputPreparerTest, AVideoGivesTheCropsOfPrepare) {
  const std::vector<PreparedRow> wanted = prepared_rows(5);
  int frames = 0;
  const PreparedInput input =
      InputPreparer(options()).prepare(face_file("carphone.mp4"), *frame_rule_from("5"), [&] { ++frames; });
  EXPECT_EQ(frames, 5);
  EXPECT_EQ(input.facts.status, FrameStatus::kOk);
  ASSERT_EQ(input.rows.size(), wanted.size());  // one person
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_EQ(input.rows[i].crop, wanted[i].crop) << i;
    EXPECT_EQ(input.rows[i].info.frame, wanted[i].info.frame);
    EXPECT_EQ(input.rows[i].info.time_us, wanted[i].info.time_us);
    EXPECT_TRUE(input.rows[i].info.box == wanted[i].info.box);
  }
}

TEST_F(InputPreparerTest, CropsOfAJpegStoreAreThoseThatItsReaderGets) {
  PrepareOptions jpeg = options();
  jpeg.encoding = CropEncoding::kJpeg95;
  const PreparedInput raw = InputPreparer(options()).prepare(face_file("obama.jpg"), {}, {});
  const PreparedInput input = InputPreparer(jpeg).prepare(face_file("obama.jpg"), {}, {});
  ASSERT_EQ(input.rows.size(), 1u);
  std::vector<std::uint8_t> wanted(48 * 48 * 3);
  ASSERT_TRUE(decode_jpeg(encode_jpeg95(raw.rows.at(0).crop, 48), 48, wanted));
  EXPECT_EQ(input.rows[0].crop, wanted);
  EXPECT_NE(input.rows[0].crop, raw.rows[0].crop);
}

TEST_F(InputPreparerTest, CropsThatAreTakenAreTheSameAndCanBeCutAgain) {
  PrepareOptions jpeg = options();
  jpeg.encoding = CropEncoding::kJpeg95;
  for (const PrepareOptions& one : {options(), jpeg}) {
    InputPreparer preparer(one);
    for (const char* const name : {"carphone.mp4", "astronaut.png"}) {
      const PreparedInput kept = preparer.prepare(face_file(name), *frame_rule_from("5"), {});
      std::vector<std::vector<std::uint8_t>> taken;
      const PreparedInput given = preparer.prepare(face_file(name), *frame_rule_from("5"), {},
                                                   [&](std::vector<std::uint8_t> crop) { taken.push_back(crop); });
      ASSERT_EQ(given.rows.size(), kept.rows.size());
      std::vector<CutFace> faces;
      std::vector<std::vector<std::uint8_t>> wanted;
      for (std::size_t i = 0; i < kept.rows.size(); ++i) {
        EXPECT_TRUE(given.rows[i].crop.empty());
        ASSERT_EQ(given.rows[i].has_crop(), kept.rows[i].has_crop());
        if (!kept.rows[i].has_crop()) continue;
        EXPECT_EQ(taken.at(given.rows[i].number.value()), kept.rows[i].crop) << name << " " << i;
        faces.insert(faces.begin(), {kept.rows[i].info.frame, kept.rows[i].info.box});
        wanted.insert(wanted.begin(), kept.rows[i].crop);
      }
      ASSERT_GE(faces.size(), 2u);
      EXPECT_EQ(preparer.cut_again(face_file(name), faces, {}), wanted) << name;
    }
  }
  EXPECT_TRUE(InputPreparer(options()).cut_again("/nonexistent", std::vector<CutFace>(1), {}).at(0).empty());
}

TEST_F(InputPreparerTest, AnAlignedFaceIsCutAgainAlignedToo) {
  PrepareOptions aligned = options();
  aligned.align = FaceAlignment::kFivePoints;
  const FivePoints points = {{{195, 110}, {240, 105}, {220, 130}, {205, 155}, {238, 150}}};
  MediaDecoder decoder{DecoderOptions{}};
  decoder.open(face_file("astronaut.png"), std::vector<std::uint32_t>{0});
  const std::optional<DecodedFrame> frame = decoder.next();
  ASSERT_TRUE(frame && frame->read.status == FrameStatus::kOk);
  const std::vector<CutFace> faces = {{0, {180, 80, 90, 90}, points}};
  EXPECT_EQ(InputPreparer(aligned).cut_again(face_file("astronaut.png"), faces, {}).at(0),
            crop_aligned(frame->read.image, alignment_of(points, aligned.crop_px, aligned.box_scale), aligned.crop_px));
}

TEST_F(InputPreparerTest, AStreamFindsTheFacesInFewerLines) {
  PrepareOptions lines = options();
  lines.detect_short_side_px = kStreamLines;
  lines.faces = FaceChoice::kTracked;
  PrepareOptions more = options();
  more.detect_short_side_px = 5000;
  more.faces = FaceChoice::kAll;
  InputPreparer stream(more, /*is_stream=*/true);
  const PreparedInput wanted = InputPreparer(lines).prepare(face_file("obama2.jpg"), {}, {});
  const PreparedInput input = stream.prepare(face_file("obama2.jpg"), {}, {});
  ASSERT_EQ(wanted.rows.size(), 1u);
  ASSERT_EQ(input.rows.size(), 1u);
  EXPECT_TRUE(input.rows[0].info.box == wanted.rows[0].info.box);
  EXPECT_EQ(input.rows[0].crop, wanted.rows[0].crop);
  EXPECT_EQ(stream.preprocessing(), InputPreparer(more).preprocessing());
}

TEST_F(InputPreparerTest, EveryPersonHasATrack) {
  const PreparedInput input = InputPreparer(options()).prepare(face_file("astronaut.png"), {}, {});
  ASSERT_EQ(input.rows.size(), 2u);
  EXPECT_NE(input.rows[0].info.track, input.rows[1].info.track);
}

TEST_F(InputPreparerTest, WhatIsNoMediaIsARowThatSaysSo) {
  InputPreparer preparer(options());
  const PreparedInput text = preparer.prepare(std::string(UNMASK_SOURCE_DIR) + "/README.md", {}, {});
  ASSERT_EQ(text.rows.size(), 1u);
  EXPECT_EQ(text.rows[0].info.status, FrameStatus::kNotAnImage);
  EXPECT_TRUE(text.rows[0].crop.empty());
  EXPECT_EQ(preparer.prepare("/nonexistent", {}, {}).facts.status, FrameStatus::kUnreadable);
  EXPECT_EQ(preprocessing_difference(preparer.preprocessing(), preparer.preprocessing()), "");
}

}  // namespace
}  // namespace unmask
