#include "data/sample.h"

#include <gtest/gtest.h>
#include <set>

namespace unmask {
namespace {

TEST(Sample, SplitsAreNamedAsTheirFilesAre) {
  EXPECT_EQ(to_string(Split::kTrain), "train");
  EXPECT_EQ(to_string(Split::kVal), "val");
  EXPECT_EQ(to_string(Split::kCalibration), "calibration");
  EXPECT_EQ(to_string(Split::kTest), "test");
}

TEST(Sample, EveryStatusHasANameOfItsOwn) {
  std::set<std::string> names;
  for (int status = 0; status <= 6; ++status) names.insert(to_string(static_cast<FrameStatus>(status)));
  EXPECT_EQ(names.size(), 7u);
  EXPECT_FALSE(names.contains("unknown"));
  EXPECT_EQ(to_string(FrameStatus::kTruncated), "truncated");
}

}  // namespace
}  // namespace unmask
