#include "sweep/rank_roster.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace unmask {
namespace {

RankFree greeting(const std::string& numerics, const std::string& host = "h1") { return {0, numerics, host, {}}; }

using Ranks = std::vector<int>;

TEST(RankRosterTest, ARankIsFreeUntilItIsTakenAndAgainAfterItsLease) {
  RankRoster ranks(2, "avx2", false);
  EXPECT_TRUE(ranks.hear(1, greeting("avx2")));
  EXPECT_FALSE(ranks.all_greeted());
  EXPECT_TRUE(ranks.hear(0, greeting("avx2")));
  EXPECT_TRUE(ranks.all_greeted());
  EXPECT_EQ(ranks.free_of({0, 1}), (Ranks{0, 1}));
  ranks.take(0);
  EXPECT_EQ(ranks.free_of({0, 1}), Ranks{1});
  EXPECT_EQ(ranks.classes().at("avx2"), (std::set<int>{0, 1})) << "also those at work";
  EXPECT_TRUE(ranks.hear(0, {7, "", "h1", {}}));
  EXPECT_EQ(ranks.free_of({0, 1}), (Ranks{0, 1}));
  EXPECT_EQ(ranks.numerics_of(0), "avx2") << "only the greeting tells it";
}

TEST(RankRosterTest, AStrangerGreetsAndGetsNoWork) {
  RankRoster ranks(2, "avx512", false);
  EXPECT_EQ(ranks.name(1), "rank 1");
  EXPECT_FALSE(ranks.hear(1, greeting("avx2", "old")));
  EXPECT_EQ(ranks.no_work_text(1),
            "rank 1 on old computes other bits than this run (avx2, the run: avx512): it gets no work unless "
            "runtime.numerics = \"any\"");
  EXPECT_TRUE(ranks.hear(0, greeting("avx512")));
  EXPECT_TRUE(ranks.all_greeted());
  EXPECT_NO_THROW(ranks.require_workers());
  EXPECT_EQ(ranks.classes(), (std::map<std::string, std::set<int>>{{"avx512", {0}}}));
  EXPECT_EQ(ranks.free_of({0, 1}), Ranks{0});
}

TEST(RankRosterTest, AnUnfitRankGetsNoMoreWorkAndIsNamedWhereNobodyElseIsLeft) {
  RankRoster ranks(2, "avx2", true);
  for (const int rank : {0, 1}) EXPECT_TRUE(ranks.hear(rank, greeting("avx2")));
  ranks.take(1);
  EXPECT_FALSE(ranks.hear(1, {7, "avx2", "h1", {}, "CUDA: an illegal memory access was encountered"}));
  EXPECT_EQ(ranks.free_of({0, 1}), Ranks{0});
  EXPECT_EQ(ranks.classes().at("avx2"), std::set<int>{0});
  EXPECT_TRUE(ranks.all_greeted());
  EXPECT_NO_THROW(ranks.require_workers());
  EXPECT_FALSE(ranks.hear(0, {8, "avx2", "h1", {}, "CUDA: uncorrectable ECC error encountered"}));
  try {
    ranks.require_workers();
    FAIL() << "a run without ranks that can work goes on";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "no rank is left that can work: rank 0 on h1 can't work any more (CUDA: uncorrectable ECC error "
                 "encountered): it gets no work until the run is started again");
  }
}

TEST(RankRosterTest, StrangersAloneAreRefusedByNameOfTheKey) {
  RankRoster ranks(1, "avx512", false);
  ranks.hear(0, greeting("avx2"));
  try {
    ranks.require_workers();
    FAIL() << "a run without ranks that can work goes on";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kFailed);
    EXPECT_EQ(std::string(error.what()).find("no rank computes the bits of this run (avx512; rank 0: avx2); start it"),
              0u)
        << error.what();
    EXPECT_NE(std::string(error.what()).find("runtime.numerics = \"any\""), std::string::npos);
  }
}

TEST(RankRosterTest, WithAnyNumericsEachClassWorksForItself) {
  RankRoster ranks(5, "avx512", true);
  for (const int rank : {0, 3}) EXPECT_TRUE(ranks.hear(rank, greeting("avx2")));
  for (const int rank : {1, 2, 4}) EXPECT_TRUE(ranks.hear(rank, greeting("neon")));
  EXPECT_NO_THROW(ranks.require_workers());
  EXPECT_EQ(ranks.classes(), (std::map<std::string, std::set<int>>{{"avx2", {0, 3}}, {"neon", {1, 2, 4}}}));
  EXPECT_EQ(ranks.largest_free_class(), (Ranks{1, 2, 4}));
  ranks.take(1);
  EXPECT_EQ(ranks.largest_free_class(), (Ranks{0, 3})) << "two free ranks each: the first class";
}

TEST(RankRosterTest, ALostRankIsNoLongerWaitedFor) {
  RankRoster ranks(3, "avx2", false);
  ranks.hear(0, greeting("avx2"));
  ranks.hear(1, greeting("avx2", "h2"));
  EXPECT_FALSE(ranks.all_greeted());
  EXPECT_TRUE(ranks.lose(2));  // before it said a word
  EXPECT_FALSE(ranks.lose(2));
  EXPECT_TRUE(ranks.all_greeted());
  EXPECT_TRUE(ranks.lose(1));
  EXPECT_TRUE(ranks.is_lost(1));
  EXPECT_EQ(ranks.living(), 1);
  EXPECT_EQ(ranks.world(), 3);
  EXPECT_TRUE(ranks.all_greeted());
  EXPECT_EQ(ranks.free_of({0, 1, 2}), Ranks{0});
  EXPECT_EQ(ranks.classes().at("avx2"), std::set<int>{0});
  EXPECT_EQ(ranks.name(1), "rank 1 on h2");
  EXPECT_EQ(ranks.statuses().size(), 2u) << "what it did until then is still told";
}

TEST(RankRosterTest, ALostStrangerCountsNoMore) {
  RankRoster ranks(2, "avx2", false);
  ranks.hear(0, greeting("avx2"));
  ranks.hear(1, greeting("neon"));
  ranks.lose(1);
  EXPECT_TRUE(ranks.all_greeted());
  EXPECT_NO_THROW(ranks.require_workers());
}

TEST(RankRosterTest, TheLastWordOfARankIsItsStatus) {
  RankRoster ranks(2, "avx2", false);
  ranks.hear(1, greeting("avx2", "h2"));
  ranks.hear(1, {4, "", "h2", {1, 2, 3, 4, 15, 6}});
  const auto statuses = ranks.statuses();
  ASSERT_EQ(statuses.size(), 1u);
  EXPECT_EQ(statuses[0].rank, 1);
  EXPECT_EQ(statuses[0].host, "h2");
  EXPECT_EQ(statuses[0].seconds.lease_s, 15);
  EXPECT_EQ(ranks.host(0), "");
}

}  // namespace
}  // namespace unmask
