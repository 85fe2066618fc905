// `unmask check` and `unmask plan` as people use them, on 1 and 2 ranks.
#include <unistd.h>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "base/durable_file.h"
#include "data/store/crop_store_writer.h"
#include "sweep/plan/disk_plan.h"
#include "tests/launch/program_runner.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
constexpr int kCropPx = 32;

/// One video of two frames an identity; `first` keeps the identities of splits apart.
void write_store(const fs::path& file, Split split, int videos, int first) {
  fs::create_directories(file.parent_path());
  CropStoreWriter writer(file, kCropPx, CropEncoding::kRaw, R"({"crop_px": 32, "detector": "none"})");
  for (int video = 0; video < videos; ++video) {
    for (std::uint32_t number = 0; number < 2; ++number) {
      FrameInfo frame;
      frame.dataset = "base";
      frame.label = static_cast<std::uint8_t>(video % 2);
      frame.method = frame.label == 1 ? "deepfakes" : "real";
      frame.video = "v" + std::to_string(first + video);
      frame.target_identity = "p" + std::to_string(first + video);
      frame.split = split;
      frame.frame = number;
      frame.detector = "none";
      const std::vector<std::uint8_t> rgb(kCropPx * kCropPx * 3, static_cast<std::uint8_t>(90 + 40 * frame.label));
      if (video == 0 && number == 1) frame.status = FrameStatus::kNoFace;
      writer.append(frame, frame.status == FrameStatus::kOk ? std::span<const std::uint8_t>(rgb)
                                                            : std::span<const std::uint8_t>());
    }
  }
  writer.finish();
}

class CheckPlanProgramTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder() = fs::temp_directory_path() / ("check_plan_program_test." + std::to_string(::getpid()));
    write_store(folder() / "stores/base/train.crops", Split::kTrain, 24, 0);
    write_store(folder() / "stores/base/val.crops", Split::kVal, 8, 100);
    write_store(folder() / "leaky/base/train.crops", Split::kTrain, 24, 0);
    write_store(folder() / "leaky/base/val.crops", Split::kVal, 8, 22);
    const std::string config =
        "[data]\nstores = \"" + (folder() / "stores").string() +
        "\"\ntrain = [\"base\"]\n[model]\ninit = \"random\"\n[train]\nepochs = 2\nglobal_batch_size = 16\n"
        "microbatch_size = 4\nprecision = \"fp32\"\n[runtime]\ndevice = \"cpu\"\n";
    std::ofstream(folder() / "train.toml") << config;
    std::ofstream(folder() / "sweep.toml") << config << "[sweep]\ntrials = 4\n[sweep.space]\n"
                                           << "\"train.epochs\" = { integer = [1, 3] }\n"
                                           << "\"model.head\" = { choice = [\"linear\", \"hidden\"] }\n";
  }
  static void TearDownTestSuite() { fs::remove_all(folder()); }
  static fs::path& folder() {
    static fs::path folder;
    return folder;
  }
  static std::string path(const std::string& name) { return (folder() / name).string(); }
};

TEST_F(CheckPlanProgramTest, CheckTellsAConfig) {
  const ProgramResult train = run_unmask("check " + path("train.toml") + " --run " + path("none"));
  EXPECT_EQ(train.exit_code, 0) << train.output;
  for (const char* part : {"unmask train", "base     train    23    24               1      24", "steps a trial",
                           "no fault found", "microbatches a step"}) {
    EXPECT_TRUE(says(train, part)) << part << "\n" << train.output;
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

TEST_F(CheckPlanProgramTest, CheckNamesFaults) {
  struct Case {
    std::string set;
    int exit_code;
    std::vector<std::string> parts;
  };
  const std::vector<Case> cases = {
      {"--set train.epchs=3 --set model.dropout=7", 2, {"2 faults", "did you mean train.epochs", "model.dropout"}},
      {"--set 'data.stores=\"" + path("leaky") + "\"'",
       3,
       {"dataset base: 2 videos (deepfakes v23, real v22) and 2 target identities (p22, p23) in both train and val"}},
      {"--set 'data.stores=\"" + path("nowhere") + "\"'", 3, {"train.crops", "4 of 4 trials can't start"}},
      {"--set 'model.init=\"" + path("sweep.toml") + "\"'", 3, {"sweep.toml"}},
      {"--set 'model.init=\"missing.safetensors\"'", 2, {"missing.safetensors: does not exist"}},
      {"--set 'runtime.device=\"cuda\"'", 2, {"runtime.device"}},
  };
  for (const Case& each : cases) {
    const ProgramResult result = run_unmask("check " + path("sweep.toml") + " " + each.set);
    EXPECT_EQ(result.exit_code, each.exit_code) << each.set << "\n" << result.output;
    for (const std::string& part : each.parts) EXPECT_TRUE(says(result, part)) << part << "\n" << result.output;
  }
  EXPECT_EQ(run_shell(mpirun(2) + UNMASK_PROGRAM + " check " + path("sweep.toml") + " " + cases[1].set).exit_code, 3);
}

/// The prediction of the disk against what a stopped run left, and `check` on a folder that holds it.
TEST_F(CheckPlanProgramTest, DiskIsAsPredicted) {
  for (const bool hidden : {false, true}) {
    const std::string run = path(hidden ? "hidden" : "linear");
    const std::string sets = std::string(" --set train.epochs=100000 --set runtime.checkpoint_every_s=0.01") +
                             (hidden ? " --set 'model.head=\"hidden\"'" : "");
    const ProgramResult stopped =
        run_shell("(while ! ls " + run + "/trials/0000/best.safetensors; do sleep 0.1; done; " +
                  "sleep 2; kill -TERM $(grep -o '\"pid\": [0-9]*' " + run +
                  "/status.json | grep -o '[0-9]*')) > /dev/null 2>&1 & timeout 100 " + UNMASK_PROGRAM + " train " +
                  path("train.toml") + " --run " + run + sets);
    ASSERT_EQ(stopped.exit_code, 75) << stopped.output;
    const auto near = [](const fs::path& file, std::int64_t predicted) {
      EXPECT_NEAR(static_cast<double>(fs::file_size(file)), static_cast<double>(predicted), 0.05 * predicted) << file;
    };
    near(fs::path(run) / "trials/0000/best.safetensors", model_bytes(hidden));
    for (const auto& file : fs::directory_iterator(fs::path(run) / "trials/0000/checkpoints"))
      near(file.path(), checkpoint_bytes(hidden));

    const ProgramResult same = run_unmask("check " + path("train.toml") + " --run " + run + sets);
    EXPECT_EQ(same.exit_code, 0) << same.output;
    EXPECT_TRUE(says(same, "paused; trials: 1 paused")) << same.output;
    const ProgramResult other = run_unmask("check " + path("train.toml") + " --run " + run);
    EXPECT_EQ(other.exit_code, 2) << other.output;
    EXPECT_TRUE(says(other, "train.epochs: the run has 100000, the config has 2")) << other.output;
  }
}

TEST_F(CheckPlanProgramTest, PlanTimesStepsAndTheSweepShowsIt) {
  const std::string run = path("planned");
  const ProgramResult plan = run_shell("mkdir -p " + path("tmp") + "; TMPDIR=" + path("tmp") + " " + mpirun(2) +
                                       UNMASK_PROGRAM + " plan " + path("sweep.toml") + " --ranks 4 --run " + run);
  ASSERT_EQ(plan.exit_code, 0) << plan.output;
  for (const char* part :
       {"4 trials", "elastic", "sequential", "best: ", "--ntasks=4 --time=00:0", "extrapolated", "timed"})
    EXPECT_TRUE(says(plan, part)) << part << "\n" << plan.output;
  for (const auto& left : fs::recursive_directory_iterator(folder() / "tmp")) {
    EXPECT_FALSE(left.path().filename().string().starts_with("unmask-plan")) << left.path();
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(run), fs::directory_iterator()), 1);  // plan.json alone

  // A plan for as many ranks as the sweep has: it is shown. The folder was no run yet.
  EXPECT_EQ(run_unmask("plan " + path("sweep.toml") + " --timing " + path("none.csv")).exit_code, 3);
  std::ofstream(folder() / "t.csv") << "ranks,microbatches,step_s\n1,4,0.5\n2,4,0.3\n";
  const ProgramResult table =
      run_unmask("plan " + path("sweep.toml") + " --ranks 2 --run " + run + " --timing " + path("t.csv"));
  ASSERT_EQ(table.exit_code, 0) << table.output;
  EXPECT_FALSE(says(table, "extrapolated")) << table.output;
  const ProgramResult sweep = run_shell(mpirun(2) + UNMASK_PROGRAM + " sweep " + path("sweep.toml") + " --run " + run);
  ASSERT_EQ(sweep.exit_code, 0) << sweep.output;
  EXPECT_TRUE(says(sweep, "a new run")) << sweep.output;
  const ProgramResult status = run_unmask("status " + run);
  EXPECT_TRUE(says(status, "predicted in all")) << status.output;

  // From the times of that run; nothing is trained.
  const ProgramResult former = run_unmask("plan " + path("train.toml") + " --ranks 8 --timing " + run);
  ASSERT_EQ(former.exit_code, 0) << former.output;
  EXPECT_TRUE(says(former, "best: sequential")) << former.output;
  std::ofstream(folder() / "bad.csv") << "ranks,microbatches,step_s\n1,x,0.5\n";
  const ProgramResult bad = run_unmask("plan " + path("train.toml") + " --timing " + path("bad.csv"));
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_TRUE(says(bad, "bad.csv, line 2")) << bad.output;
}

}  // namespace
}  // namespace unmask
