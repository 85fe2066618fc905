#include "data/audit/audit_crops.h"

#include <gtest/gtest.h>

#include "tests/data/audit/audit_pictures.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

TEST(AuditCropsTest, AllStoresOneAfterAnother) {
  const test_support::TemporaryFolder folder;
  const test::Rgb a = test::picture(0), b = test::picture(1), c = test::picture(2);
  test::write_videos(folder / "base/train.crops", {{"x", 0, {a, b}, "x", ""}, {"x", 1, {b}, "x", "y"}});
  test::write_videos(folder / "base/val.crops", {{"x", 0, {c}, "x", ""}}, CropEncoding::kRaw);
  const AuditCrops crops(find_audit_stores({folder.path().string()}));
  ASSERT_EQ(crops.size(), 4u);
  EXPECT_EQ(crops.video_of(), (std::vector<std::uint32_t>{0, 0, 1, 2}));
  ASSERT_EQ(crops.videos().size(), 3u);
  EXPECT_EQ(crops.videos()[0].name(), "base/train real x");
  EXPECT_EQ(crops.videos()[1].name(), "base/train swap x");
  EXPECT_EQ(crops.videos()[1].source, "y");
  EXPECT_EQ(crops.videos()[2].name(), "base/val real x");
  EXPECT_EQ(crops.frame(1).frame, 1u);
  EXPECT_GT(crops.jpeg_bytes(0), 0u);
  EXPECT_EQ(crops.jpeg_bytes(3), 0u) << "a raw record tells nothing by its size";
  test::Rgb rgb;
  crops.read(3, rgb);
  EXPECT_EQ(rgb, c);
}

TEST(AuditCropsTest, WhoIsAPersonOfBoth) {
  const AuditVideo real{"base", "real 0", "0", "", Split::kTrain, 0},
      fake{"base", "swap 0", "0", "1", Split::kTrain, 1}, source{"base", "real 1", "1", "", Split::kTrain, 0},
      other{"base", "real 2", "2", "", Split::kTrain, 0}, nobody{"base", "real 3", "", "", Split::kTrain, 0};
  EXPECT_TRUE(real.shares_person(fake));
  EXPECT_TRUE(source.shares_person(fake));
  EXPECT_TRUE(fake.shares_person(source));
  EXPECT_FALSE(other.shares_person(fake));
  EXPECT_FALSE(nobody.shares_person(nobody));
}

}  // namespace
}  // namespace unmask
