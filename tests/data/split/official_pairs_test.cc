#include "data/split/official_pairs.h"

#include <gtest/gtest.h>
#include <set>

namespace unmask {
namespace {

using Pair = std::array<std::string, 2>;

TEST(OfficialPairs, AreTheOfficialLists) {
  const auto train = official_pairs(Split::kTrain), val = official_pairs(Split::kVal),
             test = official_pairs(Split::kTest);
  EXPECT_EQ(train.size(), 360u);
  EXPECT_EQ(val.size(), 70u);
  EXPECT_EQ(test.size(), 70u);
  EXPECT_TRUE(official_pairs(Split::kCalibration).empty());
  EXPECT_EQ(train.front(), (Pair{"071", "054"}));
  EXPECT_EQ(val.front(), (Pair{"720", "672"}));
  EXPECT_EQ(test.front(), (Pair{"953", "974"}));
  EXPECT_EQ(test[59], (Pair{"000", "003"}));
  EXPECT_EQ(test.back(), (Pair{"429", "404"}));
  std::set<std::string> all;
  for (const auto& pairs : {train, val, test}) {
    for (const Pair& pair : pairs) all.insert(pair.begin(), pair.end());
  }
  EXPECT_EQ(all.size(), 1000u);
  EXPECT_EQ(*all.begin(), "000");
  EXPECT_EQ(*all.rbegin(), "999");
}

TEST(OfficialPairs, EveryOriginalHasItsSplitAndNothingElseHas) {
  for (const Split split : {Split::kTrain, Split::kVal, Split::kTest}) {
    for (const Pair& pair : official_pairs(split)) {
      EXPECT_EQ(official_split(pair[0]), split);
      EXPECT_EQ(official_split(pair[1]), split);
    }
  }
  for (const char* name : {"", "0", "01", "0000", "00a", "+12", " 12", "-01"})
    EXPECT_FALSE(official_split(name)) << name;
}

}  // namespace
}  // namespace unmask
