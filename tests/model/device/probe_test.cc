#include "model/device/probe.h"

#include <gtest/gtest.h>

#include <set>

#include "model/device/device.h"

namespace unmask {
namespace {

TEST(ProbeTest, OneMachineGivesOneDigest) {
  configure_torch(1, true);
  const std::string digest = probe_digest({.init = "random"}, Precision::kFp32, 32);
  EXPECT_EQ(digest.size(), 32u);
  EXPECT_EQ(probe_digest({.init = "random"}, Precision::kFp32, 32), digest);
  EXPECT_EQ(probe_digest({.init = "weights/imagenet.safetensors"}, Precision::kFp32, 32), digest)
      << "drawn weights, whatever the trial starts from";
}

TEST(ProbeTest, OtherArithmeticNetworksAndSizesGiveOthers) {
  configure_torch(1, true);
  const std::set<std::string> digests = {probe_digest({}, Precision::kFp32, 32),
                                         probe_digest({}, Precision::kBf16InF32, 32),
                                         probe_digest({}, Precision::kBf16, 32),
                                         probe_digest({}, Precision::kFp32, 48),
                                         probe_digest({.head = Head::kHidden}, Precision::kFp32, 32),
                                         probe_digest({.dropout = 0.5}, Precision::kFp32, 32)};
  EXPECT_EQ(digests.size(), 6u);
}

}  // namespace
}  // namespace unmask
