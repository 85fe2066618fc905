#include "data/corrupt/corruption.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

#include "base/digest.h"

namespace unmask {
namespace {

TEST(CorruptionTest, ThePlanHasFiveStrengthsOfEachKindEachWorseThanTheOneBefore) {
  const std::vector<Corruption> plan = corruption_plan({});
  ASSERT_EQ(plan.size(), 30u);
  for (std::size_t i = 0; i < plan.size(); ++i) {
    EXPECT_EQ(to_word(plan[i].kind), all_words<CorruptionKind>().at(i / 5));
    EXPECT_EQ(plan[i].strength, static_cast<int>(i % 5) + 1);
    if (i % 5 == 0) continue;
    const bool falls = plan[i].kind == CorruptionKind::kJpeg;
    EXPECT_TRUE(falls ? plan[i].value < plan[i - 1].value : plan[i].value > plan[i - 1].value) << i;
  }
  EXPECT_EQ(plan[0].value, 90);
  EXPECT_EQ(plan[4].value, 10);
  EXPECT_EQ(plan[29], (Corruption{CorruptionKind::kH264, 5, 45}));
  EXPECT_EQ(parameter_of(CorruptionKind::kH264), "crf");
}

TEST(CorruptionTest, OnlyTheKindsThatAreNamedInTheOrderOfTheWords) {
  const std::vector<CorruptionKind> kinds = {CorruptionKind::kNoise, CorruptionKind::kJpeg, CorruptionKind::kNoise};
  const std::vector<Corruption> plan = corruption_plan(kinds);
  ASSERT_EQ(plan.size(), 10u);
  EXPECT_EQ(plan[0].kind, CorruptionKind::kJpeg);
  EXPECT_EQ(plan[9].kind, CorruptionKind::kNoise);
}

TEST(CorruptionTest, APictureIsKnownByItsVideoFrameAndTrack) {
  FrameInfo frame;
  frame.dataset = "base", frame.method = "real", frame.compression = "c23", frame.video = "000", frame.frame = 7;
  using namespace std::string_view_literals;
  EXPECT_EQ(picture_key(frame), digest64("base\0real\0c23\0"
                                         "000\0"
                                         "7\0"
                                         "0"sv));
  std::set<std::uint64_t> keys = {picture_key(frame)};
  const auto other = [&](auto FrameInfo::*member, auto value) {
    FrameInfo changed = frame;
    changed.*member = value;
    EXPECT_TRUE(keys.insert(picture_key(changed)).second);
  };
  other(&FrameInfo::dataset, "augment");
  other(&FrameInfo::method, "swap");
  other(&FrameInfo::compression, "");
  other(&FrameInfo::video, "001");
  other(&FrameInfo::frame, 8u);
  other(&FrameInfo::track, 1u);
  FrameInfo same = frame;  // where it lies and what is in it is of no account
  same.source = "a.mp4", same.split = Split::kTest, same.label = 1;
  EXPECT_EQ(picture_key(same), picture_key(frame));
}

TEST(CorruptionTest, DrawsAreKeyedByPictureKindAndStrength) {
  std::set<std::uint32_t> words;
  for (const Corruption& corruption : corruption_plan({})) {
    for (const std::uint64_t key : {1ull, 1ull << 32, 77ull})
      words.insert(corruption_draws(key, corruption).next_u32());
  }
  EXPECT_EQ(words.size(), 90u);
  // The counter is {block, purpose << 24 | layer, b, a}, as docs/formats.md says.
  const auto wanted = philox4x32_10({0, 28u << 24 | 4u << 8 | 2u, 5, 3}, {0, 0});
  EXPECT_EQ(corruption_draws(3ull << 32 | 5, {CorruptionKind::kNoise, 2, 0.05}).next_u32(), wanted[0]);
}

}  // namespace
}  // namespace unmask
