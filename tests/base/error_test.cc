#include "base/error.h"

#include <cerrno>

#include <gtest/gtest.h>

namespace unmask {
namespace {

TEST(IoError, SaysWhereWhatAndWhy) {
  const Error error = io_error("runs/demo/config.toml", "open", ENOENT);
  EXPECT_STREQ(error.what(), "runs/demo/config.toml: open: No such file or directory");
  EXPECT_EQ(error.kind(), ErrorKind::kFailed);
}

TEST(Error, KindsAreTheDocumentedExitCodes) {
  EXPECT_EQ(static_cast<int>(ErrorKind::kFailed), 1);
  EXPECT_EQ(static_cast<int>(ErrorKind::kUsage), 2);
  EXPECT_EQ(static_cast<int>(ErrorKind::kData), 3);
  EXPECT_EQ(static_cast<int>(ErrorKind::kStopped), 75);
}

}  // namespace
}  // namespace unmask
