#include "data/prepare/frame_rule.h"

#include <gtest/gtest.h>

namespace unmask {
namespace {

using Numbers = std::vector<std::uint32_t>;

Numbers picked(const std::string& rule, std::int64_t frames, double duration_s = 0) {
  return picked_frames(frame_rule_from(rule).value(), frames, duration_s);
}

TEST(FrameRuleTest, ReadsItsWordsAndNoOthers) {
  for (const char* text : {"all", "32", "every 3", "0.5 s", "12 s"}) {
    EXPECT_EQ(to_text(frame_rule_from(text).value()), text);
  }
  for (const char* text : {"", "0", "-1", "3.5", "every", "every 0", "every x", "s", " s", "0 s", "nan s", "inf s",
                           "1e999 s", "32 frames", "every 3 ", "99999999999999999999"}) {
    EXPECT_FALSE(frame_rule_from(text)) << text;
  }
}

TEST(FrameRuleTest, EvenlySpacedAreTheMiddlesOfEqualStretches) {
  EXPECT_EQ(picked("4", 100), (Numbers{12, 37, 62, 87}));
  EXPECT_EQ(picked("1", 9), Numbers{4});
  EXPECT_EQ(picked("4", 3), (Numbers{0, 1, 2}));
  EXPECT_EQ(picked("4", 0), Numbers{});
  for (std::int64_t frames = 32; frames < 400; ++frames) {
    const Numbers numbers = picked("32", frames);
    ASSERT_EQ(numbers.size(), 32u);
    EXPECT_LT(numbers.back(), frames);
    for (std::size_t i = 1; i < numbers.size(); ++i) {
      const auto gap = static_cast<std::int64_t>(numbers[i]) - numbers[i - 1];
      EXPECT_TRUE(gap == frames / 32 || gap == frames / 32 + 1) << frames;
    }
  }
}

TEST(FrameRuleTest, EveryNthAndAll) {
  EXPECT_EQ(picked("every 3", 10), (Numbers{0, 3, 6, 9}));
  EXPECT_EQ(picked("every 30", 10), Numbers{0});
  EXPECT_EQ(picked("all", 3), (Numbers{0, 1, 2}));
}

TEST(FrameRuleTest, BySecondsAtTheMeanRate) {
  EXPECT_EQ(picked("0.5 s", 50, 2), (Numbers{0, 13, 25, 38}));
  EXPECT_EQ(picked("0.001 s", 3, 1), (Numbers{0, 1, 2}));  // not more often than there are frames
  EXPECT_EQ(picked("0.5 s", 3, 0), (Numbers{0, 1, 2}));    // the duration isn't known
}

}  // namespace
}  // namespace unmask
