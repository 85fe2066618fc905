#include "launch/run/run_name.h"

#include <gtest/gtest.h>

#include "tests/launch/recorded_runs.h"
#include "tests/support/refusal.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

TEST(RunNameTest, AFolderOrOneOfItsTrials) {
  const test_support::TemporaryFolder folder;
  const std::string run = folder.path().string(), odd = (folder / "a:7").string();
  std::filesystem::create_directory(odd);
  struct Case {
    std::string text, root;
    std::optional<int> trial;
  };
  for (const Case& each : std::vector<Case>{{run, run, {}},
                                            {run + ":0007", run, 7},
                                            {run + ":12", run, 12},
                                            {run + ":", run + ":", {}},
                                            {run + ":x7", run + ":x7", {}},
                                            {run + "/none:7", run + "/none:7", {}},
                                            {odd, odd, {}},
                                            {odd + ":3", odd, 3}}) {
    const RunName name = parse_run_name(each.text);
    EXPECT_EQ(name.folder.root().string(), each.root) << each.text;
    EXPECT_EQ(name.trial, each.trial) << each.text;
  }
}

TEST(RunNameTest, OneTrialIsKept) {
  const test_support::TemporaryFolder folder;
  make_whole_run(folder / "run");
  const RunName third{RunFolder(folder / "run"), 2};
  RecordedRun run = read_recorded_run(third.folder, [](const std::string&) {});
  ASSERT_GT(run.trials.size(), 1u);
  keep_trial({third.folder, std::nullopt}, run);
  EXPECT_GT(run.trials.size(), 1u);
  keep_trial(third, run);
  ASSERT_EQ(run.trials.size(), 1u);
  EXPECT_EQ(run.trials[0].record.id, 2);
  EXPECT_EQ(test_support::refusal(ErrorKind::kUsage,
                                  [&] {
                                    keep_trial({third.folder, 99}, run);
                                  }),
            (folder / "run").string() + ": has no trial 0099");
  RunStatus status;
  status.groups.resize(2);
  status.groups[1].trial = status.leaders.emplace_back().trial = 2;
  keep_trial(third, status);
  ASSERT_EQ(status.groups.size(), 1u);
  EXPECT_EQ(status.groups[0].trial, 2);
  EXPECT_EQ(status.leaders.size(), 1u);
}

}  // namespace
}  // namespace unmask
