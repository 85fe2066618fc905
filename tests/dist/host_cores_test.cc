#include "dist/host_cores.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

namespace unmask {
namespace {

TEST(HostCoresTest, RanksBoundToCoresOfTheirOwnCountTogether) {
  // 64 cores, eight ranks: unbound, and eight cores each.
  EXPECT_TRUE(core_to_spare({.ranks = 8, .own = 64, .all = 64}, 1));
  EXPECT_TRUE(core_to_spare({.ranks = 8, .own = 8, .all = 64}, 1));
  EXPECT_TRUE(core_to_spare({.ranks = 8, .own = 8, .all = 64}, 7));
  EXPECT_FALSE(core_to_spare({.ranks = 8, .own = 64, .all = 64}, 8)) << "all of them train";
  EXPECT_FALSE(core_to_spare({.ranks = 8, .own = 8, .all = 8}, 1)) << "bound to the same eight";
  EXPECT_FALSE(core_to_spare({.ranks = 8, .own = 1, .all = 64}, 1)) << "what others may use is of no use to it";
  EXPECT_FALSE(core_to_spare({.ranks = 1, .own = 0, .all = 0}, 1)) << "the system doesn't tell";
}

TEST(HostCoresTest, CountsTheCoresOfThisThread) {
  const std::vector<int> cores = allowed_cores();
  EXPECT_EQ(cores.size(), std::thread::hardware_concurrency());
  EXPECT_TRUE(std::ranges::is_sorted(cores));
}

}  // namespace
}  // namespace unmask
