#include "base/fault.h"

#include <cerrno>

#include <gtest/gtest.h>

#include "base/error.h"

namespace unmask {
namespace {

Fault diverged() {
  return {.kind = ErrorKind::kData,
          .cause = Cause::kDivergence,
          .text = "fc.bias: \"not finite\", grüß",
          .during = "trial failed at step 12",
          .rank = 0,
          .step = std::int64_t{1} << 40};
}

TEST(FaultTest, IsToldWithItsRankAndWithoutIt) {
  Fault fault = diverged();
  fault.text = "fc.bias: gradient is not finite";
  EXPECT_EQ(fault.told(), "trial failed at step 12: rank 0: fc.bias: gradient is not finite");
  EXPECT_EQ(fault.told_without_rank(), "trial failed at step 12: fc.bias: gradient is not finite");
  fault.rank.reset();
  EXPECT_EQ(fault.told(), fault.told_without_rank());
  fault.during.clear();
  EXPECT_EQ(fault.told(), fault.text);
}

TEST(FaultTest, ArrivesAsItWasSent) {
  EXPECT_EQ(fault_from(to_text(diverged())), diverged());
  for (const ErrorKind kind : {ErrorKind::kFailed, ErrorKind::kUsage, ErrorKind::kData, ErrorKind::kStopped}) {
    for (const Cause cause : {Cause::kOther, Cause::kDivergence, Cause::kMemory, Cause::kDiskFull, Cause::kPeerLost}) {
      const Fault fault{.kind = kind, .cause = cause, .text = ""};
      EXPECT_EQ(fault_from(to_text(fault)), fault);
    }
  }
  // A file's name may be no UTF-8.
  EXPECT_EQ(fault_from(to_text({.text = "a\xFF.png"})).text, "a\xEF\xBF\xBD.png");
}

TEST(FaultTest, AnythingElseIsNamed) {
  for (const char* text : {"", "{", "{}", "[]", "7", R"({"kind": 1, "cause": 0, "text": 3, "during": ""})"}) {
    try {
      fault_from(text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_TRUE(std::string(error.what()).ends_with(text)) << error.what();
    }
  }
}

TEST(FaultTest, CauseOfANumber) {
  for (const int number : {ENOSPC, EDQUOT, EROFS}) EXPECT_EQ(cause_of_errno(number), Cause::kDiskFull) << number;
  EXPECT_EQ(cause_of_errno(ENOMEM), Cause::kMemory);
  for (const int number : {EIO, ENOENT, EACCES, 0}) EXPECT_EQ(cause_of_errno(number), Cause::kOther) << number;
}

}  // namespace
}  // namespace unmask
