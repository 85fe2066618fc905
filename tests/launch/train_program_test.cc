// `unmask train` and `unmask evaluate` as people use them: start, stop, kill, go on, refuse.
#include <unistd.h>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "base/durable_file.h"
#include "base/philox.h"
#include "data/store/crop_store_writer.h"
#include "tests/launch/program_runner.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
constexpr int kCropPx = 32;

void write_store(const fs::path& file, Split split, int videos) {
  fs::create_directories(file.parent_path());
  CropStoreWriter writer(file, kCropPx, CropEncoding::kRaw, R"({"crop_px": 32, "detector": "none"})");
  std::vector<std::uint8_t> rgb(kCropPx * kCropPx * 3);
  for (int video = 0; video < videos; ++video) {
    for (std::uint32_t frame = 0; frame < 2; ++frame) {
      FrameInfo info;
      info.dataset = "base";
      info.label = static_cast<std::uint8_t>(video % 2);
      info.method = info.label == 1 ? "deepfakes" : "real";
      info.video = "v" + std::to_string(video);
      info.target_identity = (video % 3 == 0 ? "d" : "p") + std::to_string(video);
      info.split = split;
      info.frame = frame;
      info.detector = "none";
      if (video == 0 && frame == 1) info.status = FrameStatus::kNoFace;
      Draws draws(5, DrawFor::kProbe, static_cast<std::uint32_t>(video), frame, split == Split::kVal);
      for (std::uint8_t& value : rgb)
        value = static_cast<std::uint8_t>(100 + draws.below(60) + (info.label == 1 ? 40 : 0));
      writer.append(
          info, info.status == FrameStatus::kOk ? std::span<const std::uint8_t>(rgb) : std::span<const std::uint8_t>());
    }
  }
  writer.finish();
}

/// Stores and a config, made once; every test has runs of its own.
class TrainProgramTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder() = fs::temp_directory_path() / ("train_program_test." + std::to_string(::getpid()));
    write_store(folder() / "stores/base/train.crops", Split::kTrain, 24);
    write_store(folder() / "stores/base/val.crops", Split::kVal, 8);
    std::ofstream(folder() / "a.toml")
        << "[data]\nstores = \"" << (folder() / "stores").string()
        << "\"\ntrain = [\"base\"]\n[model]\ninit = \"random\"\ndropout = 0.0\n[train]\nepochs = 2\n"
           "global_batch_size = 16\nmicrobatch_size = 8\nprecision = \"fp32\"\n[optimizer]\nmax_lr = "
           "1e-3\n[runtime]\ndevice = \"cpu\"\n";
  }
  static void TearDownTestSuite() { fs::remove_all(folder()); }
  static fs::path& folder() {
    static fs::path folder;
    return folder;
  }
  static std::string run_dir(const std::string& name) { return (folder() / name).string(); }
  static std::string train(const std::string& run, const std::string& more = "") {
    return std::string(UNMASK_PROGRAM) + " train " + (folder() / "a.toml").string() + " --run " + run_dir(run) + " " +
           more;
  }
  static std::string text_of(const std::string& run, const std::string& name) {
    return read_text_file(folder() / run / name, 1 << 20);
  }
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
      run_shell("kill -TERM $(grep -o '\"pid\": [0-9]*' " + run_dir(run) + "/status.json | grep -o '[0-9]*')");
    });
    const ProgramResult stopped = run_shell(train(run, more));
    stopper.join();
    return stopped;
  }
};

TEST_F(TrainProgramTest, TrainsGoesOnAndIsEvaluated) {
  const ProgramResult first = run_shell(mpirun(2) + train("whole"));
  ASSERT_EQ(first.exit_code, 0) << first.output;
  for (const char* file :
       {"config.toml", "sweep.db", "status.json", "results.csv", "timing.csv", "trials/0000/config.toml",
        "trials/0000/metrics.csv", "trials/0000/log.txt", "trials/0000/timing.csv", "trials/0000/best.safetensors"}) {
    EXPECT_TRUE(fs::exists(folder() / "whole" / file)) << file;
  }
  EXPECT_FALSE(fs::exists(folder() / "whole/.lease"));
  EXPECT_FALSE(fs::exists(folder() / "whole/trials/0000/checkpoints"));
  EXPECT_EQ(text_of("whole", "results.csv").substr(0, 6), "trial,");
  EXPECT_TRUE(says(first, "a new run")) << first.output;
  // What "auto" became is recorded: it is part of the identity, and of every checkpoint's.
  EXPECT_EQ(text_of("whole", "config.toml").find("bf16_arithmetic = \"auto\""), std::string::npos);

  // Again: nothing is trained, the same table.
  const std::string results = text_of("whole", "results.csv");
  const ProgramResult again = run_shell(train("whole"));
  EXPECT_EQ(again.exit_code, 0) << again.output;
  EXPECT_TRUE(says(again, "done already")) << again.output;
  EXPECT_EQ(text_of("whole", "results.csv"), results);

  const ProgramResult other = run_shell(train("whole", "--set train.epochs=3"));
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_TRUE(says(other, "train.epochs: the run has 2, the config has 3")) << other.output;
  EXPECT_EQ(run_shell(train("whole", "--set runtime.timeout_s=90")).exit_code, 0);

  const ProgramResult status = run_unmask("status " + run_dir("whole"));
  EXPECT_EQ(status.exit_code, 0);
  EXPECT_TRUE(says(status, "done; trials: 1 done")) << status.output;

  const std::string store = (folder() / "stores/base/val.crops").string(), csv = run_dir("s.csv"),
                    json = run_dir("s.json");
  const std::string files = " --csv " + csv + " --json " + json + " --subset 'drawn=^d'";
  const ProgramResult scored = run_unmask("evaluate " + run_dir("whole") + ":0000 " + store + files);
  ASSERT_EQ(scored.exit_code, 0) << scored.output;
  EXPECT_TRUE(says(scored, "15/16")) << scored.output;  // one frame has no face
  EXPECT_TRUE(says(scored, "drawn")) << scored.output;
  const std::string alone = read_text_file(csv, 1 << 20);
  EXPECT_EQ(count_of(alone, "\n"), 17);
  const ProgramResult shared =
      run_shell(mpirun(2) + UNMASK_PROGRAM + " evaluate " + run_dir("whole") + " " + store + files);
  ASSERT_EQ(shared.exit_code, 0) << shared.output;
  EXPECT_EQ(read_text_file(csv, 1 << 20), alone);  // same scores for any ranks
}

TEST_F(TrainProgramTest, ATraceThatCantBeWrittenIsToldBeforeTheWork) {
  const ProgramResult result = run_shell(train("no-trace", "--trace " + run_dir("none/trace.json")));
  EXPECT_EQ(result.exit_code, 1) << result.output;
  EXPECT_TRUE(says(result, "none/trace.json")) << result.output;
  EXPECT_FALSE(fs::exists(folder() / "no-trace/trials/0000/metrics.csv"));
}

TEST_F(TrainProgramTest, StopsOnRequestAndGoesOn) {
  const std::string long_run = "--set train.epochs=8";
  const ProgramResult stopped = train_and_stop("stopped", long_run);
  EXPECT_EQ(stopped.exit_code, 75) << stopped.output;
  EXPECT_TRUE(says(stopped, "same command goes on")) << stopped.output;
  EXPECT_TRUE(text_of("stopped", "status.json").find("paused") != std::string::npos);
  const ProgramResult resumed = run_shell(mpirun(2) + train("stopped", long_run));
  EXPECT_EQ(resumed.exit_code, 0) << resumed.output;
  EXPECT_TRUE(says(resumed, "goes on from step")) << resumed.output;
}

// A run folder's own guards know nothing of a checkpoint that somebody copied into it.
TEST_F(TrainProgramTest, AForeignCheckpointIsRefusedWithTheOptionsThatDiffer) {
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

TEST_F(TrainProgramTest, SecondProcessIsRefusedAndKilledOneFreesTheRun) {
  const std::string long_run = "--set train.epochs=100000 --set runtime.checkpoint_every_s=0.2";
  const ProgramResult started =
      run_shell(train("locked", long_run) + " > " + run_dir("locked.log") + " 2>&1 & echo $!");
  ASSERT_TRUE(wait_for(folder() / "locked/status.json", "\"steps\": 300000"));
  const ProgramResult second = run_shell(train("locked", long_run));
  EXPECT_EQ(second.exit_code, 1) << second.output;
  EXPECT_TRUE(says(second, "in use by host")) << second.output;
  const pid_t pid = std::stoi(started.output);
  EXPECT_TRUE(says(second, "process " + std::to_string(pid))) << second.output;
  ::kill(pid, SIGKILL);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  const ProgramResult third = run_shell("timeout -s TERM 5 " + train("locked", long_run) + "; echo code $?");
  EXPECT_TRUE(says(third, "goes on")) << third.output;
  EXPECT_FALSE(says(third, "waiting")) << third.output;  // the kernel freed it at once
}

}  // namespace
}  // namespace unmask
