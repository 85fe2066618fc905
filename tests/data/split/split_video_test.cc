#include "data/split/split_video.h"

#include <gtest/gtest.h>

#include "tests/data/split/split_videos.h"

namespace unmask {
namespace {

using test::fake_video;
using test::real_video;

SplitVideo from(const std::string& source) {
  SplitVideo video = real_video("x", "");
  video.source = source;
  return video;
}

TEST(SplitVideo, ACollectionIsKnownByItsOwnNames) {
  EXPECT_EQ(collection_of(real_video("017", "017"), "base"), Collection::kFaceForensics);
  EXPECT_EQ(collection_of(fake_video("017_803", "017", "803", "FaceShifter"), "base"), Collection::kFaceForensics);
  EXPECT_EQ(collection_of(fake_video("01_02__walk__ABC", "01", "02", "DeepFakeDetection"), "base"),
            Collection::kDeepFakeDetection);
  EXPECT_EQ(collection_of(real_video("01__exit_phone_room", "01"), "base"), Collection::kDeepFakeDetection);
  EXPECT_EQ(collection_of(from("test/dfdc_train_part_3/a.mp4"), "mine"), Collection::kDfdc);
  EXPECT_EQ(collection_of(from("Celeb-synthesis/id0_id1_0000.mp4"), "mine"), Collection::kCelebDf);
  EXPECT_EQ(collection_of(real_video("id0_0000", "id0"), "Celeb-DF-v2"), Collection::kCelebDf);
  EXPECT_EQ(collection_of(real_video("17", "17"), "base"), Collection::kUnknown);
  EXPECT_EQ(collection_of(real_video("017_5", "017"), "base"), Collection::kUnknown);
  EXPECT_EQ(collection_of(fake_video("017_803", "017", "803", "my_method"), "base"), Collection::kUnknown);
  EXPECT_EQ(collection_of(real_video("", ""), ""), Collection::kUnknown);
}

TEST(SplitVideo, APartOfDfdcIsTheNumberOfItsFolder) {
  EXPECT_EQ(dfdc_part(from("dfdc_train_part_0/a.mp4")), 0);
  EXPECT_EQ(dfdc_part(from("data/dfdc_train_part_49/a.mp4")), 49);
  EXPECT_EQ(dfdc_part(from("dfdc_train_part_7")), 7);
  for (const char* none : {"", "dfdc_train_part_", "dfdc_train_part_x/a", "dfdc_train_part_4x/a",
                           "my_dfdc_train_part_4/a", "dfdc_train_part_99999999999999999999/a"}) {
    EXPECT_FALSE(dfdc_part(from(none))) << none;
  }
}

}  // namespace
}  // namespace unmask
