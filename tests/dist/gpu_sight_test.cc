#include "dist/gpu_sight.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace unmask {
namespace {

TEST(GpuSightTest, TwoRanksOnOneAreRefusedByName) {
  require_own_gpus({"aa", "", "bb", "", "cc"});
  try {
    require_own_gpus({"aa", "bb", "", "bb"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("ranks 1 and 3 have the same GPU (bb)"), std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace unmask
