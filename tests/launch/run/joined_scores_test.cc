#include "launch/run/joined_scores.h"

#include <gtest/gtest.h>

#include "tests/launch/tiny_run.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

TEST(JoinedScoresTest, EachScoreStandsBesideItsFrame) {
  const test_support::TemporaryFolder folder;
  write_tiny_store(folder / "a.crops", Split::kVal, 2);                // v0 (second frame without a face), v1
  write_tiny_store(folder / "b.crops", Split::kVal, 1, 7, "augment");  // v7, the same
  const std::vector<std::filesystem::path> stores = {folder / "a.crops", folder / "b.crops"};
  const SampleList samples(stores);
  ASSERT_EQ(samples.size(), 4u);
  const std::vector<EvaluatedFrame> frames = join_scores(samples, {0.25, 0.5, 0.75, 1});
  std::string told;
  for (const EvaluatedFrame& each : frames) {
    told += each.frame.dataset + " " + each.frame.video + "/" + std::to_string(each.frame.frame) + " " +
            (each.score ? std::to_string(*each.score).substr(0, 4) : "none") + "\n";
  }
  EXPECT_EQ(told,
            "base v0/0 0.25\nbase v0/1 none\nbase v1/0 0.50\nbase v1/1 0.75\naugment v7/0 1.00\naugment v7/1 none\n");
}

}  // namespace
}  // namespace unmask
