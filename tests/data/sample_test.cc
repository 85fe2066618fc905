#include "data/sample.h"

#include <gtest/gtest.h>
#include <set>

namespace unmask {
namespace {

TEST(Sample, SplitsAreNamedAsTheirFilesAre) {
  EXPECT_EQ(to_word(Split::kTrain), "train");
  EXPECT_EQ(to_word(Split::kVal), "val");
  EXPECT_EQ(to_word(Split::kCalibration), "calibration");
  EXPECT_EQ(to_word(Split::kTest), "test");
}

TEST(Sample, EveryStatusHasANameOfItsOwn) {
  std::set<std::string> names;
  for (int status = 0; status <= 6; ++status) names.insert(to_word(static_cast<FrameStatus>(status)));
  EXPECT_EQ(names.size(), 7u);
  EXPECT_EQ(to_word(FrameStatus::kTruncated), "truncated");
}

}  // namespace
}  // namespace unmask
