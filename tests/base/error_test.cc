#include "base/error.h"

#include <cerrno>
#include <filesystem>
#include <stdexcept>

#include <gtest/gtest.h>

namespace unmask {
namespace {

TEST(ErrorOfIo, SaysWhereWhatAndWhy) {
  const Error error = io_error("runs/demo/config.toml", "open", ENOENT);
  EXPECT_STREQ(error.what(), "runs/demo/config.toml: open: No such file or directory");
  EXPECT_EQ(error.kind(), ErrorKind::kFailed);
  EXPECT_EQ(error.fault().cause, Cause::kOther);
  EXPECT_EQ(io_error("step-1.safetensors.tmp", "write", ENOSPC).fault().cause, Cause::kDiskFull);
}

TEST(ErrorPlainText, NamesTheFileAndWhatTheSystemSays) {
  try {
    std::filesystem::create_directory("/proc/none");
    ADD_FAILURE() << "/proc takes no folders";
  } catch (const std::exception& error) {
    EXPECT_EQ(plain_text(error), "/proc/none: No such file or directory");
  }
  EXPECT_EQ(plain_text(std::filesystem::filesystem_error("copy", "/a", "/b",
                                                         std::make_error_code(std::errc::no_space_on_device))),
            "/b: No space left on device");
  EXPECT_EQ(plain_text(std::runtime_error("as it is")), "as it is");
}

TEST(Error, IsMadeFromAFaultAndKeepsIt) {
  const Fault fault{.kind = ErrorKind::kData,
                    .cause = Cause::kDivergence,
                    .text = "fc.bias: gradient is not finite",
                    .during = "trial failed at step 12",
                    .rank = 1,
                    .step = 12};
  const Error error(fault);
  EXPECT_STREQ(error.what(), "trial failed at step 12: rank 1: fc.bias: gradient is not finite");
  EXPECT_EQ(error.kind(), ErrorKind::kData);
  EXPECT_EQ(error.fault(), fault);
}

TEST(Error, KindsAreTheDocumentedExitCodes) {
  EXPECT_EQ(static_cast<int>(ErrorKind::kFailed), 1);
  EXPECT_EQ(static_cast<int>(ErrorKind::kUsage), 2);
  EXPECT_EQ(static_cast<int>(ErrorKind::kData), 3);
  EXPECT_EQ(static_cast<int>(ErrorKind::kStopped), 75);
}

}  // namespace
}  // namespace unmask
