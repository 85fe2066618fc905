#include "base/fault.h"

#include <cerrno>

#include <gtest/gtest.h>

namespace unmask {
namespace {

TEST(FaultTest, IsToldWithItsRankAndWithoutIt) {
  Fault fault{.text = "fc.bias: gradient is not finite", .during = "trial failed at step 12", .rank = 0};
  EXPECT_EQ(fault.told(), "trial failed at step 12: rank 0: fc.bias: gradient is not finite");
  EXPECT_EQ(fault.told_without_rank(), "trial failed at step 12: fc.bias: gradient is not finite");
  fault.rank.reset();
  EXPECT_EQ(fault.told(), fault.told_without_rank());
  fault.during.clear();
  EXPECT_EQ(fault.told(), fault.text);
}

TEST(FaultTest, CauseOfANumber) {
  for (const int number : {ENOSPC, EDQUOT, EROFS}) EXPECT_EQ(cause_of_errno(number), Cause::kDiskFull) << number;
  EXPECT_EQ(cause_of_errno(ENOMEM), Cause::kMemory);
  for (const int number : {EIO, ENOENT, EACCES, 0}) EXPECT_EQ(cause_of_errno(number), Cause::kOther) << number;
}

}  // namespace
}  // namespace unmask
