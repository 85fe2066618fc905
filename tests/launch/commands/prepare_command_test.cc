#include "launch/commands/prepare_command.h"

#include <gtest/gtest.h>

#include "data/store/crop_store.h"
#include "tests/data/real_faces.h"
#include "tests/launch/command_run.h"
#include "tests/launch/tiny_run.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

class PrepareCommandTest : public testing::Test {
 protected:
  fs::path frames(const std::string& label) const {
    const fs::path made = folder_ / ("datasets/base_deepfake/" + label + "/frames");
    fs::create_directories(made);
    return made;
  }
  std::string config() const {
    return write_text(folder_ / "p.toml", "[prepare]\ndatasets = \"" + (folder_ / "datasets").string() +
                                              "\"\nstores = \"" + (folder_ / "stores").string() + "\"\ncrop_px = 48\n");
  }
  TemporaryFolder folder_;
};

TEST_F(PrepareCommandTest, FramesBecomeAStoreAndBadOnesAreNamed) {
  fs::copy_file(face_file("hopper.jpg"), frames("real") / "hopper_001.jpg");
  write_text(frames("fake") / "deepfake_000_003_001.png", "no image");
  const CommandResult result = run_command_line("prepare " + config() + " --set prepare.crop_px=64");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(result.says("store       frames  not_an_image  ok\nbase/train       2             1   1\n"))
      << result.out;
  EXPECT_TRUE(result.says("bad: base_deepfake/fake/frames/")) << result.err;
  EXPECT_TRUE(result.says("deepfake_000_003_001.png: not_an_image")) << result.err;
  EXPECT_TRUE(result.says("stores: " + (folder_ / "stores").string() + "\n")) << result.out;
  EXPECT_EQ(CropStore(folder_ / "stores/base/train.crops").crop_px(), 64);
}

TEST_F(PrepareCommandTest, ATreeNeedsNoConfig) {
  fs::copy_file(face_file("hopper.jpg"), frames("real") / "hopper_001.jpg");
  const std::string tree = (folder_ / "datasets").string(), stores = (folder_ / "stores").string();
  const CommandResult dry = run_command_line("prepare " + tree + " --stores " + stores + " --dry-run --no-sandbox");
  EXPECT_EQ(dry.exit_code, 0) << dry.err;
  EXPECT_TRUE(dry.says("dataset  videos  frames  crops     GB  core-hours  unreadable  timed\nbase          1       1"))
      << dry.out;
  EXPECT_TRUE(dry.says("layout: published (recognised; --layout names another)\nreal: ")) << dry.err;
  EXPECT_TRUE(dry.says("no sandbox: a hostile file may take over the decoder")) << dry.err;
  EXPECT_FALSE(fs::exists(stores));
  const CommandResult result =
      run_command_line("prepare " + tree + " --stores " + stores + " --layout published --set prepare.crop_px=48");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(result.says("layout: published\n")) << result.err;
  EXPECT_EQ(CropStore(folder_ / "stores/base/train.crops").crop_px(), 48);
}

TEST_F(PrepareCommandTest, ATreeThatFitsNoLayoutIsToldWhatWasLookedFor) {
  fs::create_directories(folder_ / "holiday");
  write_text(folder_ / "holiday/beach.mp4", "x");
  const std::string command =
      "prepare " + (folder_ / "holiday").string() + " --stores " + (folder_ / "stores").string();
  const CommandResult result = run_command_line(command);
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_TRUE(result.says("published")) << result.err;
  EXPECT_EQ(run_command_line(command + " --layout nonsense").exit_code, 2);
  EXPECT_EQ(run_command_line("prepare " + (folder_ / "holiday").string()).exit_code, 2);  // no --stores
  EXPECT_EQ(run_command_line("prepare " + (folder_ / "missing").string()).exit_code, 2);
}

TEST_F(PrepareCommandTest, WithoutAnyFaceTheExitCodeSaysSo) {
  write_text(frames("real") / "a_001.png", "no image");
  write_text(frames("fake") / "deepfake_000_003_001.png", "no image");
  const CommandResult result = run_command_line("prepare " + config());
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_TRUE(result.says("no frame gave a face: check the detector and the frames")) << result.err;
}

TEST_F(PrepareCommandTest, FaultsAreToldBeforeTheWork) {
  const CommandResult wrong = run_command_line("prepare " + config() + " --set prepare.crop_px=5 --set prepare.x=1");
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_TRUE(wrong.says("--set: prepare.x: unknown key")) << wrong.err;
  EXPECT_TRUE(wrong.says("prepare.crop_px must be in [32, 1024], got 5")) << wrong.err;
  EXPECT_EQ(run_command_line("prepare " + config()).exit_code, 3);  // no datasets
  frames("real");
  const CommandResult timeout = run_command_line("prepare " + config() + " --timeout 0");
  EXPECT_EQ(timeout.exit_code, 2);
  EXPECT_TRUE(timeout.says("--timeout must be > 0 seconds")) << timeout.err;
  EXPECT_FALSE(fs::exists(folder_ / "stores"));
}

}  // namespace
}  // namespace unmask
