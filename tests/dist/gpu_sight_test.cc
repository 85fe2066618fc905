#include "dist/gpu_sight.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace unmask {
namespace {

TEST(GpuSightTest, TwoRanksOnOneAreRefusedByName) {
  EXPECT_TRUE(number_gpus({"aa", "", "bb", "", "cc"}, 1).empty());
  try {
    number_gpus({"aa", "bb", "", "bb"}, 1);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("ranks 1 and 3 have the same GPU (bb)"), std::string::npos)
        << error.what();
  }
}

TEST(GpuSightTest, AsManyMayShareOneAsAreAllowed) {
  EXPECT_EQ(number_gpus({"aa", "bb", "aa", "", "bb"}, 2), (std::vector<int>{0, 1, 0, 3, 1}));
  EXPECT_THROW(number_gpus({"aa", "bb", "aa", "bb", "aa"}, 2), Error);
}

}  // namespace
}  // namespace unmask
