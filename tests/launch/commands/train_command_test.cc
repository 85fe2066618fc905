#include "launch/commands/train_command.h"

#include <csignal>
#include <thread>

#include "tests/launch/command_run.h"
#include "tests/launch/commands/tiny_run_test.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

/// Every test has runs of its own.
class TrainCommandTest : public TinyRunTest {
 protected:
  static bool wait_for(const fs::path& file, const std::string& part) {
    for (int tries = 0; tries < 600; ++tries) {
      if (fs::exists(file) && read_text_file(file, 1 << 20).find(part) != std::string::npos) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return false;
  }
  /// Trains with `more`, which makes 24 steps, and asks the program to stop once it does.
  static ProgramResult train_and_stop(const std::string& run, const std::string& more) {
    std::thread stopper([&] {
      ASSERT_TRUE(wait_for(folder() / run / "status.json", "\"steps\": 24"));
      run_shell("kill -TERM $(grep -o '\"pid\": [0-9]*' " + path(run) + "/status.json | grep -o '[0-9]*')");
    });
    const ProgramResult stopped = run_shell(train(run, more));
    stopper.join();
    return stopped;
  }
};

TEST_F(TrainCommandTest, TrainsAndDoesNothingTwice) {
  const ProgramResult first = run_shell(mpirun(2) + train("whole"));
  ASSERT_EQ(first.exit_code, 0) << first.output;
  for (const char* file :
       {"config.toml", "sweep.db", "status.json", "results.csv", "timing.csv", "trials/0000/config.toml",
        "trials/0000/metrics.csv", "trials/0000/log.txt", "trials/0000/timing.csv", "trials/0000/best.safetensors"}) {
    EXPECT_TRUE(fs::exists(folder() / "whole" / file)) << file;
  }
  EXPECT_FALSE(fs::exists(folder() / "whole/.lease"));
  EXPECT_FALSE(fs::exists(folder() / "whole/trials/0000/checkpoints"));
  EXPECT_EQ(text_of("whole/results.csv").substr(0, 6), "trial,");
  EXPECT_TRUE(says(first, "a new run")) << first.output;
  // What "auto" became is recorded: it is part of the identity, and of every checkpoint's.
  EXPECT_EQ(text_of("whole/config.toml").find("bf16_arithmetic = \"auto\""), std::string::npos);

  // Again: nothing is trained, the same table.
  const std::string results = text_of("whole/results.csv");
  const ProgramResult again = run_shell(train("whole"));
  EXPECT_EQ(again.exit_code, 0) << again.output;
  EXPECT_TRUE(says(again, "done already")) << again.output;
  EXPECT_EQ(text_of("whole/results.csv"), results);

  const ProgramResult other = run_shell(train("whole", "--set train.epochs=3"));
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_TRUE(says(other, "train.epochs: the run has 2, the config has 3")) << other.output;
  EXPECT_EQ(run_shell(train("whole", "--set runtime.timeout_s=90")).exit_code, 0);

  const CommandResult status = run_command_line("status " + path("whole"));
  EXPECT_EQ(status.exit_code, 0);
  EXPECT_TRUE(status.says("done; trials: 1 done")) << status.out << status.err;
}

TEST_F(TrainCommandTest, ATraceThatCantBeWrittenIsToldBeforeTheWork) {
  const ProgramResult result = run_shell(train("no-trace", "--trace " + path("none/trace.json")));
  EXPECT_EQ(result.exit_code, 1) << result.output;
  EXPECT_TRUE(says(result, "none/trace.json")) << result.output;
  EXPECT_FALSE(fs::exists(folder() / "no-trace/trials/0000/metrics.csv"));
}

TEST_F(TrainCommandTest, StopsOnRequestAndGoesOn) {
  const std::string long_run = "--set train.epochs=8";
  const ProgramResult stopped = train_and_stop("stopped", long_run);
  EXPECT_EQ(stopped.exit_code, 75) << stopped.output;
  EXPECT_TRUE(says(stopped, "same command goes on")) << stopped.output;
  EXPECT_TRUE(text_of("stopped/status.json").find("paused") != std::string::npos);
  const ProgramResult resumed = run_shell(mpirun(2) + train("stopped", long_run));
  EXPECT_EQ(resumed.exit_code, 0) << resumed.output;
  EXPECT_TRUE(says(resumed, "goes on from step")) << resumed.output;
}

// A run folder's own guards know nothing of a checkpoint that somebody copied into it.
TEST_F(TrainCommandTest, AForeignCheckpointIsRefusedWithTheOptionsThatDiffer) {
  ASSERT_EQ(train_and_stop("owner", "--set train.epochs=8").exit_code, 75);
  const std::string other = "--set train.epochs=8 --set optimizer.eps=1e-6";
  ASSERT_EQ(train_and_stop("foreign", other).exit_code, 75);
  const fs::path checkpoints = folder() / "foreign/trials/0000/checkpoints";
  fs::remove_all(checkpoints);
  fs::copy(folder() / "owner/trials/0000/checkpoints", checkpoints);
  const ProgramResult refused = run_shell(train("foreign", other));
  EXPECT_EQ(refused.exit_code, 2) << refused.output;
  EXPECT_TRUE(says(refused, "belongs to another experiment")) << refused.output;
  EXPECT_TRUE(says(refused, "it has optimizer.eps = 1e-08")) << refused.output;
  EXPECT_TRUE(says(refused, "wanted optimizer.eps = 1e-06")) << refused.output;
}

TEST_F(TrainCommandTest, SecondProcessIsRefusedAndKilledOneFreesTheRun) {
  const std::string long_run = "--set train.epochs=100000 --set runtime.checkpoint_every_s=0.2";
  const ProgramResult started = run_shell(train("locked", long_run) + " > " + path("locked.log") + " 2>&1 & echo $!");
  ASSERT_TRUE(wait_for(folder() / "locked/status.json", "\"steps\": 300000"));
  const ProgramResult second = run_shell(train("locked", long_run));
  EXPECT_EQ(second.exit_code, 1) << second.output;
  EXPECT_TRUE(says(second, "in use by host")) << second.output;
  const pid_t pid = std::stoi(started.output);
  EXPECT_TRUE(says(second, "process " + std::to_string(pid))) << second.output;
  ::kill(pid, SIGKILL);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  const std::string log = path("third.log");
  const ProgramResult third =
      run_shell(train("locked", long_run) + " > " + log + " 2>&1 & while kill -0 $! && ! grep -q " + "'goes on' " +
                log + "; do sleep 0.1; done; kill -TERM $!; wait $!; cat " + log);
  EXPECT_TRUE(says(third, "goes on")) << third.output;
  EXPECT_FALSE(says(third, "waiting")) << third.output;  // the kernel freed it at once
}

TEST_F(TrainCommandTest, FaultsOfAConfigAreToldOnceUnderMpirun) {
  const std::string config = write_text(folder() / "bad.toml", "[train]\nepoch = 1\nprecision = 3\n");
  const ProgramResult result = run_shell(mpirun(2) + UNMASK_PROGRAM + " train " + config + " --run " + path("bad"));
  EXPECT_EQ(result.exit_code, 2) << result.output;
  EXPECT_EQ(count_of(result.output, "train.epoch: unknown key; did you mean train.epochs?"), 1) << result.output;
  EXPECT_EQ(count_of(result.output, "train.precision: wanted text"), 1) << result.output;
  EXPECT_FALSE(fs::exists(folder() / "bad"));
}

}  // namespace
}  // namespace unmask
