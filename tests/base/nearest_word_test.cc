#include "base/nearest_word.h"

#include <vector>

#include <gtest/gtest.h>

namespace unmask {
namespace {

const std::vector<std::string> kKeys = {"max_lr", "weight_decay", "pct_start", "schedule"};

TEST(NearestWord, FindsATypingError) {
  EXPECT_EQ(nearest_word("weigth_decay", kKeys), "weight_decay");
  EXPECT_EQ(nearest_word("max_rl", kKeys), "max_lr");
  EXPECT_EQ(nearest_word("scedule", kKeys), "schedule");
}

TEST(NearestWord, NeighboursThatWereSwappedComeBeforeANearerWord) {
  const std::vector<std::string> words = {"st", "ts_", "train", "trial"};
  EXPECT_EQ(nearest_word("trian", words), "train");
  EXPECT_EQ(nearest_word("ts", words), "st");  // "ts_" is one letter away, "st" two by Levenshtein
}

TEST(NearestWord, AWordThatIsKnownIsItsOwnNearest) { EXPECT_EQ(nearest_word("pct_start", kKeys), "pct_start"); }

TEST(NearestWord, SaysNothingIfMoreThanAThirdWouldChange) {
  EXPECT_EQ(nearest_word("batch_size", kKeys), std::nullopt);
  EXPECT_EQ(nearest_word("mxx_xx", kKeys), std::nullopt);
  EXPECT_EQ(nearest_word("mxx_lr", kKeys), "max_lr");
}

TEST(NearestWord, OneLetterMayChangeInAShortWord) {
  const std::vector<std::string> words = {"lr"};
  EXPECT_EQ(nearest_word("l", words), "lr");
  EXPECT_EQ(nearest_word("xy", words), std::nullopt);
}

TEST(NearestWord, TheFirstOfEquallyNearWordsIsTaken) {
  const std::vector<std::string> words = {"base", "bass"};
  EXPECT_EQ(nearest_word("basx", words), "base");
}

TEST(NearestWord, EndsAtOnceOnHostileWords) {
  EXPECT_EQ(nearest_word(std::string(50'000'000, 'a'), kKeys), std::nullopt);
  EXPECT_EQ(nearest_word("", {}), std::nullopt);
  EXPECT_EQ(nearest_word("x", {}), std::nullopt);
}

}  // namespace
}  // namespace unmask
