#include "launch/run/run_check.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace unmask {
namespace {

bool says(const Findings& findings, const std::string& part) { return findings.text().find(part) != std::string::npos; }

FrameInfo frame(const std::string& video, const std::string& identity, int label = 0) {
  FrameInfo info;
  info.video = video;
  info.target_identity = identity;
  info.label = static_cast<std::uint8_t>(label);
  info.method = label == 0 ? "real" : "deepfakes";
  return info;
}

StoreCensus store(const std::string& dataset, Split split, const std::vector<FrameInfo>& frames) {
  StoreCensus census;
  census.dataset = dataset;
  census.split = split;
  for (const FrameInfo& each : frames) census.add(each);
  return census;
}

TEST(SplitCheckTest, NamesVideosAndIdentitiesInTwoSplits) {
  const StoreCensus train =
      store("base", Split::kTrain, {frame("000", "000"), frame("001", "001"), frame("001_002", "001", 1)});
  struct Case {
    std::vector<FrameInfo> val;
    std::string wanted;  // "" = nothing is wrong
  };
  FrameInfo no_face = frame("000", "000");
  no_face.status = FrameStatus::kNoFace;
  const std::vector<Case> cases = {
      {{frame("003", "003"), frame("003_004", "003", 1)}, ""},
      {{frame("003", ""), frame("003_004", "003", 1)}, ""},  // an unknown identity is no identity
      {{no_face, frame("003", "003"), frame("003_004", "003", 1)}, ""},
      {{frame("000", "009"), frame("003_004", "003", 1)}, "1 video (real 000) in both train and val"},
      {{frame("009", "001"), frame("003_004", "003", 1)}, "1 target identity (001) in both train and val"},
      {{frame("001", "001"), frame("001_002", "001", 1)},
       "2 videos (deepfakes 001_002, real 001) and 1 target identity (001)"},
      // Another method's fake of the same name is another video, but of the same identity.
      {{frame("003", "003"), frame("001_002", "003", 0), frame("003_001", "003", 1)}, ""},
  };
  for (const Case& each : cases) {
    Findings findings;
    judge_splits({train, store("base", Split::kVal, each.val)}, findings);
    EXPECT_EQ(findings.exit_code(), each.wanted.empty() ? 0 : 3) << findings.text();
    EXPECT_TRUE(says(findings, each.wanted)) << findings.text();
    Findings apart;
    judge_splits({train, store("augment", Split::kVal, each.val)}, apart);
    EXPECT_EQ(apart.text(), "");
  }
}

TEST(SplitCheckTest, CountsAndWarnsOfOneLabel) {
  FrameInfo no_face = frame("007", "007");
  no_face.status = FrameStatus::kNoFace;
  const StoreCensus real = store("base", Split::kVal, {frame("000", "000"), frame("000", "000"), no_face});
  EXPECT_EQ(real.real, 2);
  EXPECT_EQ(real.without_crop, 1);
  EXPECT_EQ(real.videos.size(), 1u);
  Findings findings;
  judge_splits({real}, findings);
  EXPECT_EQ(findings.exit_code(), 0);
  EXPECT_TRUE(says(findings, "WARN   dataset base, split val: all crops are real")) << findings.text();
}

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
  judge_ranks(ranks, threads, "/runs", findings);
  return findings.text();
}

TEST(RankCheckTest, FactsTravelAsText) {
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

TEST(RankCheckTest, NamesWhoDiffers) {
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
  judge_ranks(mixed, 1, "/runs", findings);
  EXPECT_EQ(findings.exit_code(), 2);
  EXPECT_TRUE(says(findings, "rank 1: don't see")) << findings.text();
}

TEST(RankCheckTest, AHostIsOneRow) {
  std::vector<RankFacts> ranks;
  for (int i = 0; i < 40; ++i) ranks.push_back(rank(i, i < 20 ? "a" : "b", {0, 1}));
  const std::string table = ranks_table(ranks);
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 2) << table;
  EXPECT_NE(table.find("0-19"), std::string::npos) << table;
}

TEST(BytesTextTest, ChoosesTheUnit) {
  EXPECT_EQ(bytes_text(12), "12 B");
  EXPECT_EQ(bytes_text(999.96), "1.0 kB");
  EXPECT_EQ(bytes_text(1.3e9), "1.3 GB");
  EXPECT_EQ(bytes_text(4e18), "4000.0 PB");
}

}  // namespace
}  // namespace unmask
