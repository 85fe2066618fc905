#include "launch/commands/evaluate_command.h"

#include <algorithm>

#include "tests/launch/command_run.h"
#include "tests/launch/commands/tiny_run_test.h"

namespace unmask {
namespace {

class EvaluateCommandTest : public TinyRunTest {
 protected:
  static void SetUpTestSuite() {
    TinyRunTest::SetUpTestSuite();
    const ProgramResult trained = run_shell(train("run"));
    ASSERT_EQ(trained.exit_code, 0) << trained.output;
  }
  static std::string store() { return path("stores/base/val.crops"); }
};

TEST_F(EvaluateCommandTest, ScoresAreTheSameForAnyRanksAndNamesOfTheModel) {
  const std::string files = " --csv " + path("s.csv") + " --json " + path("s.json") + " --subset ";
  const CommandResult alone = run_command_line("evaluate " + path("run") + ":0000 " + store() + files + "drawn=^d");
  ASSERT_EQ(alone.exit_code, 0) << alone.err;
  EXPECT_TRUE(alone.says("15/16")) << alone.out;  // one frame has no face
  EXPECT_TRUE(alone.says("drawn")) << alone.out;
  const std::string csv = text_of("s.csv"), json = text_of("s.json");
  EXPECT_EQ(std::ranges::count(csv, '\n'), 17);
  const ProgramResult shared =
      run_shell(mpirun(2) + UNMASK_PROGRAM + " evaluate " + path("run") + " " + store() + files + "'drawn=^d'");
  ASSERT_EQ(shared.exit_code, 0) << shared.output;
  EXPECT_EQ(text_of("s.csv"), csv);
  EXPECT_EQ(text_of("s.json"), json);
  EXPECT_TRUE(says(shared, alone.out)) << shared.output;
}

TEST_F(EvaluateCommandTest, OtherPeoplesScoresGetTheSameTablesAndAreCompared) {
  const CommandResult ours = run_command_line("evaluate " + path("run") + " " + store() + " --csv " + path("ours.csv"));
  ASSERT_EQ(ours.exit_code, 0) << ours.err;
  const CommandResult again = run_command_line("evaluate --scores " + path("ours.csv") + " " + store() + " --against " +
                                               path("run") + " --latex " + path("table.tex"));
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_TRUE(again.says("ours.csv: 16 rows; 1 without a score; 0 of 8 videos have no score")) << again.out;
  EXPECT_TRUE(again.says(ours.out)) << again.out << "\nwanted\n" << ours.out;
  EXPECT_TRUE(again.says("0.0000 to 0.0000")) << again.out;
  EXPECT_NE(text_of("table.tex").find("base & val & all & 8 & 8 & "), std::string::npos) << text_of("table.tex");
  const CommandResult missing = run_command_line("evaluate --scores " + path("none.csv") + " " + store());
  EXPECT_EQ(missing.exit_code, 3);
  EXPECT_TRUE(missing.says("none.csv")) << missing.err;
  const CommandResult no_store = run_command_line("evaluate --scores " + path("ours.csv"));
  EXPECT_EQ(no_store.exit_code, 2);
  EXPECT_TRUE(no_store.says("missing argument STORE")) << no_store.err;
}

TEST_F(EvaluateCommandTest, OptionsThatMakeNoSenseAreNamed) {
  const auto refused = [&](const std::string& rest, const std::string& why) {
    const CommandResult result = run_command_line("evaluate " + path("run") + " " + store() + " " + rest);
    EXPECT_EQ(result.exit_code, 2) << rest;
    EXPECT_TRUE(result.says(why)) << result.err;
  };
  refused("--threads 0", "--threads must be >= 1");
  refused("--device tpu", "--device must be one of \"auto\", \"cpu\", \"cuda\", got \"tpu\"");
  refused("--subset drawn", "drawn");
  refused("--all-trials --csv " + path("a.csv"), "--csv: not with --all-trials");
  refused("--all-trials --corrupt", "--corrupt: not with --all-trials");
  refused("--all-trials --corruption blur", "--corruption: not with --all-trials");
  refused("--timeout 0", "--timeout must be > 0 seconds");
}

TEST_F(EvaluateCommandTest, WhatIsMissingIsNamed) {
  const CommandResult model = run_command_line("evaluate " + path("stores") + " " + store());
  EXPECT_EQ(model.exit_code, 2);
  EXPECT_TRUE(model.says("trials/0000/best.safetensors")) << model.err;
  const CommandResult none = run_command_line("evaluate " + path("run") + " " + path("none.crops"));
  EXPECT_EQ(none.exit_code, 3);
  EXPECT_TRUE(none.says("none.crops")) << none.err;
}

TEST_F(EvaluateCommandTest, AFileThatCantBeWrittenIsToldBeforeTheWork) {
  for (const std::string option : {"--csv", "--json"}) {
    const CommandResult result =
        run_command_line("evaluate " + path("run") + " " + store() + " " + option + " " + path("none/table"));
    EXPECT_EQ(result.exit_code, 1) << result.err;
    EXPECT_TRUE(result.says(path("none/table"))) << result.err;
    EXPECT_EQ(result.out, "");
  }
}

}  // namespace
}  // namespace unmask
