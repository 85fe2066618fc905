#include "data/prepare/input_preparer.h"

#include <gtest/gtest.h>

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
