// What `train` and `sweep` refuse before anything is trained.
#include "launch/commands/run_command.h"

#include <gtest/gtest.h>

#include "launch/commands/train_command.h"
#include "tests/launch/command_run.h"
#include "tests/launch/recorded_runs.h"
#include "tests/launch/tiny_run.h"
#include "tests/support/refusal.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

class RunCommandTest : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string file(const std::string& text) const { return write_text(folder_ / "a.toml", text); }
  static void refused(const CommandResult& result, int exit_code, const std::string& why) {
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    EXPECT_TRUE(result.says(why)) << "wanted " << why << "\ngot " << result.err;
  }
  test_support::TemporaryFolder folder_;
};

TEST_F(RunCommandTest, TheRunsFolderMustBeNamed) {
  refused(run_command_line("train x.toml"), 2, "--run DIR is missing: the folder where the run lives");
  refused(run_command_line("sweep x.toml"), 2, "--run DIR is missing");
  refused(run_command_line("train x.toml runs/x"), 2, "more arguments than it takes; a run's folder is --run DIR");
  refused(run_command_line("train x.toml --run"), 2, "--run");
  Session session(nullptr);
  const Command train = train_command();
  EXPECT_NE(test_support::refusal(ErrorKind::kUsage,
                                  [&] {
                                    train.run(parse_options(train, {"x.toml", "--run", ""}), session);
                                  })
                .find("--run DIR is missing"),
            std::string::npos);
}

TEST_F(RunCommandTest, FaultsOfTheConfigComeBeforeTheFolder) {
  const CommandResult result =
      run_command_line("train " + file("[train]\nepoch = 1\nprecision = 3\n") + " --run " + path("run"));
  refused(result, 2, "train.epoch: unknown key; did you mean train.epochs?");
  EXPECT_TRUE(result.says("train.precision: wanted text"));
  EXPECT_FALSE(fs::exists(path("run")));
  refused(run_command_line("train " + path("none.toml") + " --run " + path("run")), 2, "none.toml");
}

TEST_F(RunCommandTest, MissingStoresAreAFaultOfTheData) {
  refused(run_command_line("train " + file(tiny_config(folder_ / "none")) + " --run " + path("run")), 3,
          "no folder of crop stores " + path("none") + ": run `unmask prepare`");
}

TEST_F(RunCommandTest, AFolderOfSomethingElseIsNotARun) {
  refused(run_command_line("train " + file(tiny_config(folder_ / "none")) + " --run " + folder_.path().string()), 2,
          "holds no run");
}

TEST_F(RunCommandTest, SlicesAndWholeRunsShareNoFolder) {
  make_whole_run(folder_ / "whole");
  make_slice(folder_ / "sliced", {0, 2});
  const std::string config = file(hand_config());
  const auto sweep = [&](const std::string& rest) {
    return run_command_line("sweep " + config + " --run " + folder_.path().string() + "/" + rest);
  };
  refused(sweep("whole --slice 0/2"), 2, "holds a whole run");
  refused(sweep("sliced"), 2, "--slice K/2");
  refused(sweep("sliced --slice 0/3"), 2, "holds slices of 2, not of 3");
  refused(sweep("sliced/slice-0-of-2"), 2, "--slice 0/2");
}

TEST_F(RunCommandTest, OnlySweepsWhoseTrialsAreApartAreCutIntoSlices) {
  const std::string sweep = "sweep " + file(hand_config()) + " --run " + path("new") + " --slice=";
  for (const char* wrong : {"2/2", "-1/2", "1", "a/b"}) refused(run_command_line(sweep + wrong), 2, "wanted K/N");
  refused(run_command_line(sweep + "1/2 --set sweep.stop=\"median\""), 2, "--slice: sweep.stop = \"median\"");
  refused(run_command_line(sweep + "1/2 --set sweep.sampler=\"tpe\""), 2, "--slice: sweep.sampler = \"tpe\"");
  EXPECT_FALSE(fs::exists(path("new")));
}

}  // namespace
}  // namespace unmask
