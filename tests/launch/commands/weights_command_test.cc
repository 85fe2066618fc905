#include "launch/commands/weights_command.h"

#include <gtest/gtest.h>

#include "tests/launch/command_run.h"
#include "tests/launch/recorded_runs.h"
#include "tests/launch/tiny_run.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

class WeightsCommandTest : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  test_support::TemporaryFolder folder_;
};

TEST_F(WeightsCommandTest, WhatIsNoPickleIsRefusedByTheReader) {
  const CommandResult result =
      run_command_line("import " + write_text(folder_ / "text.pth", "no weights") + " " + path("out.safetensors"));
  EXPECT_EQ(result.exit_code, 3) << result.err;
  EXPECT_TRUE(result.says("text.pth")) << result.err;
  EXPECT_FALSE(std::filesystem::exists(path("out.safetensors")));
}

TEST_F(WeightsCommandTest, TheInterpreterCanBeNamed) {
  const CommandResult result = run_command_line("import " + write_text(folder_ / "text.pth", "no weights") + " " +
                                                path("out.safetensors") + " --python /no/such/python");
  EXPECT_EQ(result.exit_code, 1) << result.err;
  EXPECT_TRUE(result.says("/no/such/python")) << result.err;
}

TEST_F(WeightsCommandTest, AModelIsNamedAsEverywhere) {
  for (const int k : {2, 0, 1}) make_slice(folder_ / "run", {k, 3});
  const std::filesystem::path best = slice_folder(RunFolder(folder_ / "run"), {0, 3}).best_model(3);
  write_text(best, "no model");
  for (const char* model : {"run", "run:0003"}) {
    const CommandResult result = run_command_line("export " + path(model) + " " + path("out.pth"));
    EXPECT_EQ(result.exit_code, 3) << result.err;
    EXPECT_TRUE(result.says(best.string())) << result.err;
  }
  EXPECT_EQ(run_command_line("export " + path("none") + " " + path("out.pth")).exit_code, 2);
}

TEST_F(WeightsCommandTest, AnExportGoesToOnePlace) {
  const std::string model = "export " + write_text(folder_ / "model.safetensors", "no model");
  for (const std::string& more : {std::string(), " " + path("out.pth") + " --onnx " + path("onnx")}) {
    const CommandResult result = run_command_line(model + more);
    EXPECT_EQ(result.exit_code, 2) << result.err;
    EXPECT_TRUE(result.says("either a .pth file or --onnx DIR")) << result.err;
  }
  EXPECT_EQ(run_command_line(model + " --onnx " + path("onnx")).exit_code, 3);
  EXPECT_FALSE(std::filesystem::exists(path("onnx")));
}

}  // namespace
}  // namespace unmask
