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
