#include "base/disjoint_sets.h"

#include <gtest/gtest.h>

namespace unmask {
namespace {

TEST(DisjointSets, TheSmallestMemberStandsForItsSet) {
  DisjointSets sets(6);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(sets.find(i), i);
  sets.unite(5, 3);
  sets.unite(4, 2);
  EXPECT_EQ(sets.find(5), 3u);
  sets.unite(5, 4);  // over their members, both sets are one
  for (const std::size_t member : {2u, 3u, 4u, 5u}) EXPECT_EQ(sets.find(member), 2u) << member;
  EXPECT_EQ(sets.find(0), 0u);
}

}  // namespace
}  // namespace unmask
