#include "launch/commands/check_command.h"

#include "sweep/plan/disk_plan.h"
#include "tests/launch/command_run.h"
#include "tests/launch/commands/tiny_run_test.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

class CheckCommandTest : public TinyRunTest {
 protected:
  static void SetUpTestSuite() {
    TinyRunTest::SetUpTestSuite();
    write_tiny_store(folder() / "leaky/base/train.crops", Split::kTrain, 24, 0);
    write_tiny_store(folder() / "leaky/base/val.crops", Split::kVal, 8, 22);
  }
};

TEST_F(CheckCommandTest, AConfigIsTold) {
  const CommandResult trial = run_command_line("check " + path("train.toml") + " --run " + path("none"));
  EXPECT_EQ(trial.exit_code, 0) << trial.out << trial.err;
  for (const char* part :
       {"unmask train", "base     train    23    24  1 (4.2%)                               0      24", "steps a trial",
        "no fault found", "microbatches a step"}) {
    EXPECT_TRUE(trial.says(part)) << part << "\n" << trial.out << trial.err;
  }
  EXPECT_FALSE(fs::exists(folder() / "none"));

  const ProgramResult sweep =
      run_shell(mpirun(2) + UNMASK_PROGRAM + " check " + path("sweep.toml") + " --run " + path("none"));
  EXPECT_EQ(sweep.exit_code, 0) << sweep.output;
  for (const char* part : {"unmask sweep", "4, sampler random, mode elastic", "2 of 2 ranks", "MPI_THREAD_MULTIPLE",
                           "MB/s", "cores a rank"}) {
    EXPECT_TRUE(says(sweep, part)) << part << "\n" << sweep.output;
  }
  EXPECT_FALSE(says(sweep, "lock that rank 0 holds")) << sweep.output;
  EXPECT_FALSE(says(sweep, "FAULT")) << sweep.output;
  for (const auto& left : fs::directory_iterator(folder())) {
    EXPECT_FALSE(left.path().filename().string().starts_with(".unmask-check")) << left.path();
  }
}

TEST_F(CheckCommandTest, FaultsAreNamed) {
  struct Case {
    std::string set;
    int exit_code;
    std::vector<std::string> parts;
  };
  const std::vector<Case> cases = {
      {"--set train.epchs=3 --set model.dropout=7", 2, {"2 faults", "did you mean train.epochs", "model.dropout"}},
      {"--set data.stores=\"" + path("leaky") + "\"",
       3,
       {"dataset base: 2 videos (deepfakes v23, real v22) and 2 target identities (p22, p23) in both train and val"}},
      {"--set data.stores=\"" + path("nowhere") + "\"", 3, {"no folder of crop stores " + path("nowhere")}},
      {"--set model.init=\"" + path("sweep.toml") + "\"", 3, {"sweep.toml"}},
      {"--set model.init=\"missing.safetensors\"", 2, {"missing.safetensors: does not exist"}},
      {"--set data.replay=0.2", 2, {"data.replay must be 0 with model.init = \"random\""}},
      {"--set runtime.device=\"cuda\"", 2, {"runtime.device"}},
  };
  for (const Case& each : cases) {
    const CommandResult result = run_command_line("check " + path("sweep.toml") + " " + each.set);
    EXPECT_EQ(result.exit_code, each.exit_code) << each.set << "\n" << result.out << result.err;
    for (const std::string& part : each.parts)
      EXPECT_TRUE(result.says(part)) << part << "\n" << result.out << result.err;
  }
  EXPECT_EQ(run_shell(mpirun(2) + UNMASK_PROGRAM + " check " + path("sweep.toml") + " --set 'data.stores=\"" +
                      path("leaky") + "\"'")
                .exit_code,
            3);
}

/// The prediction of the disk against what a stopped run left, and `check` on a folder that holds it.
TEST_F(CheckCommandTest, DiskIsAsPredicted) {
  for (const bool hidden : {false, true}) {
    const std::string run = path(hidden ? "hidden" : "linear");
    const std::string epochs = " --set train.epochs=100000 --set runtime.checkpoint_every_s=0.01",
                      head = hidden ? "model.head=\"hidden\"" : "model.head=\"linear\"";
    const ProgramResult stopped =
        run_shell("(while ! ls " + run + "/trials/0000/best.safetensors; do sleep 0.1; done; " +
                  "kill -TERM $(grep -o '\"pid\": [0-9]*' " + run +
                  "/status.json | grep -o '[0-9]*')) > /dev/null 2>&1 & timeout 100 " + UNMASK_PROGRAM + " train " +
                  path("train.toml") + " --run " + run + epochs + " --set '" + head + "'");
    ASSERT_EQ(stopped.exit_code, 75) << stopped.output;
    const auto near = [](const fs::path& file, std::int64_t predicted) {
      EXPECT_NEAR(static_cast<double>(fs::file_size(file)), static_cast<double>(predicted), 0.05 * predicted) << file;
    };
    const ModelOptions model{.head = hidden ? Head::kHidden : Head::kLinear};
    near(fs::path(run) / "trials/0000/best.safetensors", model_bytes(model));
    for (const auto& file : fs::directory_iterator(fs::path(run) / "trials/0000/checkpoints"))
      near(file.path(), checkpoint_bytes(model));

    const std::string check = "check " + path("train.toml") + " --run " + run + " --set " + head;
    const CommandResult same = run_command_line(check + epochs);
    EXPECT_EQ(same.exit_code, 0) << same.out << same.err;
    EXPECT_TRUE(same.says("paused; trials: 1 paused")) << same.out << same.err;
    const CommandResult other = run_command_line(check);
    EXPECT_EQ(other.exit_code, 2) << other.out << other.err;
    EXPECT_TRUE(other.says("train.epochs: the run has 100000, the config has 2")) << other.out << other.err;
  }
}

}  // namespace
}  // namespace unmask
