// The command line of the real program: help, faults, exit codes.
#include <unistd.h>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/launch/program_runner.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

class ProgramTest : public testing::Test {
 protected:
  ProgramTest() : folder_(fs::temp_directory_path() / ("program_test." + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
  }
  ~ProgramTest() override { fs::remove_all(folder_); }
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }
  fs::path folder_;
};

TEST_F(ProgramTest, HelpListsCommandsAndEachHasExamplesFirst) {
  const ProgramResult help = run_unmask("--help");
  EXPECT_EQ(help.exit_code, 0);
  for (const std::string command : {"prepare", "train", "evaluate", "synth", "import", "export", "status"}) {
    EXPECT_TRUE(says(help, "\n  " + command + " ")) << command;
    const ProgramResult one = run_unmask(command + " --help");
    EXPECT_EQ(one.exit_code, 0) << command;
    EXPECT_LT(one.output.find("Examples:"), one.output.find("Usage:")) << command;
  }
  EXPECT_EQ(run_unmask("--version").output, "unmask 0.1.0\n");
  EXPECT_EQ(run_unmask("").exit_code, 2);
}

TEST_F(ProgramTest, UnknownNamesAreSuggested) {
  const ProgramResult command = run_unmask("trian x");
  EXPECT_EQ(command.exit_code, 2);
  EXPECT_TRUE(says(command, "did you mean `unmask train`?")) << command.output;
  const ProgramResult option = run_unmask("synth out --facse x");
  EXPECT_EQ(option.exit_code, 2);
  EXPECT_TRUE(says(option, "did you mean --faces?")) << option.output;
  EXPECT_EQ(run_unmask("synth out --face x").exit_code, 2);  // no abbreviations
}

TEST_F(ProgramTest, MissingArgumentsAreNamed) {
  const ProgramResult result = run_unmask("evaluate");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_TRUE(says(result, "missing argument MODEL")) << result.output;
  EXPECT_TRUE(says(run_unmask("synth out"), "--faces DIR is missing"));
  EXPECT_TRUE(says(run_unmask("train x.toml"), "--run DIR is missing"));
  EXPECT_EQ(run_unmask("synth out --faces x --threads two").exit_code, 2);
}

TEST_F(ProgramTest, ConfigFaultsAreToldOnceUnderMpirun) {
  const std::string config = file("bad.toml", "[train]\nepoch = 1\nprecision = 3\n");
  const ProgramResult result =
      run_shell(mpirun(2) + UNMASK_PROGRAM + " train " + config + " --run " + (folder_ / "run").string());
  EXPECT_EQ(result.exit_code, 2) << result.output;
  EXPECT_EQ(count_of(result.output, "train.epoch: unknown key; did you mean train.epochs?"), 1) << result.output;
  EXPECT_EQ(count_of(result.output, "train.precision: wanted text"), 1) << result.output;
  EXPECT_FALSE(fs::exists(folder_ / "run"));
}

TEST_F(ProgramTest, MissingStoresAreADataFault) {
  const std::string config = file("a.toml", "[data]\nstores = \"" + (folder_ / "none").string() +
                                                "\"\ntrain = [\"base\"]\n[model]\ninit = \"random\"\n");
  const ProgramResult result = run_unmask("train " + config + " --run " + (folder_ / "run").string());
  EXPECT_EQ(result.exit_code, 3) << result.output;
  EXPECT_TRUE(says(result, "none/base/train.crops")) << result.output;
}

TEST_F(ProgramTest, FolderOfSomethingElseIsNotARun) {
  const std::string config = file("a.toml", "[data]\nstores = \"x\"\ntrain = [\"base\"]\n[model]\ninit = \"random\"\n");
  const ProgramResult result = run_unmask("train " + config + " --run " + folder_.string());
  EXPECT_EQ(result.exit_code, 2) << result.output;
  EXPECT_TRUE(says(result, "holds no run")) << result.output;
  EXPECT_TRUE(says(run_unmask("status " + folder_.string()), "holds no run"));
}

TEST_F(ProgramTest, MissingModelSaysWhatWasLookedFor) {
  const ProgramResult result = run_unmask("evaluate " + folder_.string() + " x.crops");
  EXPECT_EQ(result.exit_code, 2) << result.output;
  EXPECT_TRUE(says(result, "trials/0000/best.safetensors")) << result.output;
}

TEST_F(ProgramTest, AFileThatCantBeWrittenIsToldBeforeTheWork) {
  const std::string model = file("m.safetensors", "read later");
  for (const std::string option : {"--csv", "--json"}) {
    const std::string table = (folder_ / "none" / "table").string();
    const ProgramResult result = run_unmask("evaluate " + model + " x.crops " + option + " " + table);
    EXPECT_EQ(result.exit_code, 1) << result.output;
    EXPECT_TRUE(says(result, table)) << result.output;
  }
}

}  // namespace
}  // namespace unmask
