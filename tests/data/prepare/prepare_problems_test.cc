#include "data/prepare/prepare_problems.h"

#include <gtest/gtest.h>

#include "tests/data/real_faces.h"

namespace unmask {
namespace {

TEST(PrepareProblemsTest, AreReadBackAsTheyWereWritten) {
  const TemporaryFolder folder;
  PrepareProblems problems;
  problems.add("a, \"b\".mp4", FrameStatus::kTruncated, "ends in frame 40, \"they\" say");
  problems.add("a, \"b\".mp4", FrameStatus::kUnreadable, "is told once");
  problems.add("c.mp4", FrameStatus::kDecoderFailed, "");
  const std::filesystem::path file = folder.path() / "p.csv";
  write_problems(file, problems);
  const PrepareProblems read = read_problems(file);
  ASSERT_EQ(read.by_source().size(), 2u);
  EXPECT_EQ(read.by_source().at("a, \"b\".mp4").text, "ends in frame 40, \"they\" say");
  EXPECT_EQ(read.by_source().at("a, \"b\".mp4").status, FrameStatus::kTruncated);
  EXPECT_EQ(read.by_source().at("c.mp4").status, FrameStatus::kDecoderFailed);
  write_problems(file, {});
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST(PrepareProblemsTest, AnotherFileHoldsNone) {
  const TemporaryFolder folder;
  EXPECT_TRUE(read_problems(folder.path() / "missing.csv").by_source().empty());
  write_bytes(folder.path() / "other.csv", {'x', '\n'});
  EXPECT_TRUE(read_problems(folder.path() / "other.csv").by_source().empty());
  EXPECT_EQ(problems_of_part("parts/unit-000001.crops"), "parts/unit-000001.problems.csv");
}

}  // namespace
}  // namespace unmask
