#include "data/corrupt/corrupted_clip.h"

#include <gtest/gtest.h>

#include <cmath>

#include "data/corrupt/corrupted_picture.h"
#include "tests/data/corrupt/drawn_pictures.h"

namespace unmask {
namespace {

using test::drawn_picture;

class CorruptedClipTest : public testing::Test {
 protected:
  static std::vector<RgbImage> clip(int width, int height, int count) {
    std::vector<RgbImage> pictures;
    for (int i = 0; i < count; ++i) pictures.push_back(drawn_picture(width, height, 9, 2 * i));
    return pictures;
  }
  std::vector<RgbImage> corrupted(const std::vector<RgbImage>& pictures, const Corruption& corruption) {
    std::vector<std::uint64_t> keys;
    for (std::size_t i = 0; i < pictures.size(); ++i) keys.push_back(100 + i);
    return corrupter_.corrupt(pictures, keys, corruption);
  }
  static std::string bytes(const std::vector<RgbImage>& pictures) {
    std::string all;
    for (const RgbImage& picture : pictures) all += test::as_text(picture.rgb);
    return all;
  }
  ClipCorrupter corrupter_{1 << 20};
};

TEST_F(CorruptedClipTest, H264IsAsGoodAndAsBadAsThatOfFfmpegAtEachCrf) {
  const test_support::TemporaryFolder folder;
  const std::vector<RgbImage> before = clip(96, 80, 6);
  test::write_bytes(folder.path() / "clip.u8", bytes(before));
  const std::vector<CorruptionKind> h264 = {CorruptionKind::kH264};
  std::string arguments = "h264 " + folder.path().string() + " 96 80 6";
  std::vector<double> ours;
  for (const Corruption& corruption : corruption_plan(h264)) {
    const std::vector<RgbImage> after = corrupted(before, corruption);
    ASSERT_EQ(after.size(), before.size());
    const std::string crf = std::to_string(static_cast<int>(corruption.value)), was = bytes(before), is = bytes(after);
    test::write_bytes(folder.path() / (crf + ".ours"), is);
    arguments += " " + crf;
    double sum = 0;
    for (std::size_t i = 0; i < was.size(); ++i)
      sum += std::abs(static_cast<std::uint8_t>(was[i]) - static_cast<std::uint8_t>(is[i]));
    ours.push_back(sum / static_cast<double>(was.size()));
  }
  const std::vector<test::Judged> found = test::judged(arguments);
  ASSERT_EQ(found.size(), 5u);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_GT(ours[i], i > 0 ? ours[i - 1] : 0);
    // Colours are converted by other code, so x264 makes other choices; as much is lost.
    EXPECT_NEAR(ours[i], found[i].done, 0.06 * found[i].done) << i;
    EXPECT_LT(found[i].mean, 0.75 * found[i].done) << i;
  }
}

TEST_F(CorruptedClipTest, OddSidesAndSizesThatChangeKeepTheirPlaces) {
  std::vector<RgbImage> pictures = clip(33, 47, 2);
  pictures.push_back(drawn_picture(64, 48, 1));
  pictures.push_back(RgbImage{1, 1, {200, 100, 50}});
  const std::vector<RgbImage> after = corrupted(pictures, {CorruptionKind::kH264, 1, 10});
  ASSERT_EQ(after.size(), 4u);
  for (std::size_t i = 0; i < after.size(); ++i) {
    ASSERT_EQ(after[i].width, pictures[i].width);
    ASSERT_EQ(after[i].height, pictures[i].height);
    double lost = 0;
    for (std::size_t k = 0; k < after[i].rgb.size(); ++k) lost += std::abs(after[i].rgb[k] - pictures[i].rgb[k]);
    EXPECT_LT(lost / static_cast<double>(after[i].rgb.size()), 8) << i;  // a crf of almost nothing
  }
}

TEST_F(CorruptedClipTest, AClipIsMoreThanItsPictures) {
  const std::vector<RgbImage> pictures = clip(64, 64, 4);
  const Corruption worst = {CorruptionKind::kH264, 5, 45};
  EXPECT_EQ(bytes(corrupted(pictures, worst)), bytes(corrupted(pictures, worst)));
  const std::vector<RgbImage> alone = {pictures[2]};
  EXPECT_NE(corrupted(alone, worst)[0].rgb, corrupted(pictures, worst)[2].rgb);  // predicted from its neighbours
}

TEST_F(CorruptedClipTest, TheOthersAreDoneToEachPictureByItsKey) {
  std::vector<RgbImage> pictures = clip(40, 30, 3);
  const Corruption noise = {CorruptionKind::kNoise, 1, 0.02};
  const std::vector<RgbImage> after = corrupted(pictures, noise);
  ASSERT_EQ(after.size(), 3u);
  for (std::size_t i = 0; i < after.size(); ++i) {
    corrupt_picture(pictures[i], 100 + i, noise);
    EXPECT_EQ(after[i].rgb, pictures[i].rgb);
  }
  EXPECT_TRUE(corrupted({}, {CorruptionKind::kH264, 5, 45}).empty());
}

}  // namespace
}  // namespace unmask
