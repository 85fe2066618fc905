#include "launch/check/rank_facts.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace unmask {
namespace {

RankFacts rank(int number, const std::string& host, std::vector<int> cores) {
  RankFacts facts;
  facts.rank = number;
  facts.host = host;
  facts.cores = std::move(cores);
  facts.gpus = "no GPU";
  facts.numerics = "AVX512; fp32";
  return facts;
}

std::string judged(const std::vector<RankFacts>& ranks, int threads = 1) {
  Findings findings;
  judge_ranks(ranks, threads, 0, "/runs", findings);
  return findings.text();
}

TEST(RankFactsTest, FactsTravelAsText) {
  RankFacts facts = rank(3,
                         "n\xC3\xB6"
                         "de",
                         {0, 1, 5});
  facts.clock_ahead_s = -0.25;
  facts.got_fcntl = true;
  const RankFacts back = RankFacts::from(facts.text());
  EXPECT_EQ(back.text(), facts.text());
  EXPECT_EQ(back.cores, facts.cores);
  EXPECT_TRUE(back.got_fcntl);
}

TEST(RankFactsTest, NamesWhoDiffers) {
  EXPECT_EQ(judged({rank(0, "a", {0, 1, 2, 3}), rank(1, "a", {0, 1, 2, 3})}), "");
  EXPECT_NE(judged({rank(0, "a", {0}), rank(1, "a", {1}), rank(2, "a", {2, 3})}).find("ranks 0-1: one core only"),
            std::string::npos);
  const std::string narrow = judged({rank(0, "a", {0, 1}), rank(1, "a", {0, 1})}, 3);
  EXPECT_NE(narrow.find("ranks 0-1: fewer cores than train.threads_per_rank = 3"), std::string::npos) << narrow;
  EXPECT_NE(narrow.find("host a: 2 ranks of 3 thread(s) share 2 cores"), std::string::npos) << narrow;

  std::vector<RankFacts> mixed = {rank(0, "a", {0, 1}), rank(1, "b", {0, 1}), rank(2, "b", {0, 1})};
  mixed[1].numerics = mixed[2].numerics = "AVX2; fp32";
  mixed[1].clock_ahead_s = mixed[2].clock_ahead_s = 7.5;
  mixed[2].got_flock = true;
  const std::string text = judged(mixed);
  EXPECT_NE(text.find("ranks 1-2: AVX2; fp32"), std::string::npos) << text;
  EXPECT_NE(text.find("host b: its clock differs from rank 0's by +7.5 s"), std::string::npos) << text;
  EXPECT_NE(text.find("rank 2 got an exclusive flock lock that rank 0 holds"), std::string::npos) << text;

  mixed[1].sees_file = false;
  Findings findings;
  judge_ranks(mixed, 1, 0, "/runs", findings);
  EXPECT_EQ(findings.exit_code(), 2);
  EXPECT_NE(findings.text().find("rank 1: don't see"), std::string::npos) << findings.text();
}

TEST(RankFactsTest, AHostIsOneRow) {
  std::vector<RankFacts> ranks;
  for (int i = 0; i < 40; ++i) ranks.push_back(rank(i, i < 20 ? "a" : "b", {0, 1}));
  const std::string table = ranks_table(ranks);
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 2) << table;
  EXPECT_NE(table.find("0-19"), std::string::npos) << table;
}

TEST(RankFactsTest, RanksThatTakeMoreThanTheirHostHasAreWarnedOf) {
  RankFacts one;
  one.host = "a";
  one.cores = {0, 1};
  one.memory_bytes = 3'000'000'000;
  RankFacts two = RankFacts::from(one.text());
  two.rank = 1;
  const auto told = [&](std::int64_t rank_bytes) {
    Findings findings;
    judge_ranks({one, two}, 1, rank_bytes, "/runs", findings);
    return findings.text();
  };
  EXPECT_EQ(told(1'400'000'000), "");
  EXPECT_EQ(told(1'600'000'000),
            "WARN   host a: 2 ranks take about 1.6 GB of memory each, 3.0 GB may be taken; a smaller "
            "train.microbatch_size or fewer ranks there take less");
}

}  // namespace
}  // namespace unmask
