#include "data/corrupt/corrupted_picture.h"

#include <gtest/gtest.h>

#include "base/number_text.h"
#include "tests/data/corrupt/drawn_pictures.h"

namespace unmask {
namespace {

using test::drawn_picture;

TEST(CorruptedPictureTest, EachIsWhatItsDefinitionSaysAndEachStrengthChangesMore) {
  const test_support::TemporaryFolder folder;
  std::vector<Corruption> done;
  std::string arguments = folder.path().string();
  for (const Corruption& corruption : corruption_plan({})) {
    if (corruption.kind == CorruptionKind::kH264) continue;
    const RgbImage before = drawn_picture(97, 61, 3);
    RgbImage picture = before;
    const std::uint64_t key = (std::uint64_t{0xABCDEF01} << 32) + done.size();
    corrupt_picture(picture, key, corruption);
    ASSERT_EQ(picture.width, 97);
    ASSERT_EQ(picture.rgb.size(), before.rgb.size());
    const std::string name = (folder.path() / std::to_string(done.size())).string();
    test::write_bytes(name + ".u8", test::as_text(before.rgb));
    test::write_bytes(name + ".ours", test::as_text(picture.rgb));
    arguments += " " + to_word(corruption.kind) + " 97 61 " + number_text(corruption.value) + " " +
                 std::to_string(key) + " " + std::to_string(corruption.strength);
    done.push_back(corruption);
  }
  const std::vector<test::Judged> found = test::judged(arguments);
  ASSERT_EQ(found.size(), 25u);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const std::string what = to_word(done[i].kind) + " " + number_text(done[i].value);
    // OpenCV rounds between the passes of a filter, and an average's half to even.
    EXPECT_LE(found[i].largest, 2) << what;
    EXPECT_LT(found[i].mean, 0.15) << what;
    EXPECT_GT(found[i].done, i % 5 == 0 ? 0.5 : found[i - 1].done) << what;
  }
}

TEST(CorruptedPictureTest, NoiseIsAFunctionOfItsKey) {
  const Corruption noise = {CorruptionKind::kNoise, 2, 0.05};
  RgbImage one = drawn_picture(20, 30, 1), again = one, other = one;
  corrupt_picture(one, 5, noise);
  corrupt_picture(again, 5, noise);
  corrupt_picture(other, 6, noise);
  EXPECT_EQ(one.rgb, again.rgb);
  EXPECT_NE(one.rgb, other.rgb);
}

TEST(CorruptedPictureTest, APixelAloneStandsThemAll) {
  for (const Corruption& corruption : corruption_plan({})) {
    if (corruption.kind == CorruptionKind::kH264) continue;
    RgbImage picture{1, 1, {10, 200, 30}};
    corrupt_picture(picture, 1, corruption);
    EXPECT_EQ(picture.rgb.size(), 3u);
    if (corruption.kind != CorruptionKind::kResize && corruption.kind != CorruptionKind::kBlur) continue;
    EXPECT_EQ(picture.rgb, (std::vector<std::uint8_t>{10, 200, 30}));
  }
}

}  // namespace
}  // namespace unmask
