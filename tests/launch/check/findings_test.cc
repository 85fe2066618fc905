#include "launch/check/findings.h"

#include <gtest/gtest.h>

namespace unmask {
namespace {

TEST(FindingsTest, TheConfigComesBeforeTheData) {
  Findings findings;
  findings.warn("w");
  EXPECT_EQ(findings.exit_code(), 0);
  findings.fault(ErrorKind::kFailed, "f");
  EXPECT_EQ(findings.exit_code(), 1);
  findings.fault(ErrorKind::kData, "d");
  EXPECT_EQ(findings.exit_code(), 3);
  findings.fault(ErrorKind::kUsage, "u");
  findings.fault(ErrorKind::kData, "d");
  EXPECT_EQ(findings.exit_code(), 2);
}

TEST(FindingsTest, LinesComeAsFoundAndWhatHasSeveralIsIndented) {
  Findings findings;
  EXPECT_EQ(findings.text(), "");
  findings.warn("slow disk");
  findings.fault(ErrorKind::kUsage, "another experiment:\n  seed: 1, 2\n  choose another");
  EXPECT_EQ(findings.text(),
            "WARN   slow disk\n"
            "FAULT  another experiment:\n"
            "         seed: 1, 2\n"
            "         choose another");
}

}  // namespace
}  // namespace unmask
