#include "launch/program.h"

#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/error.h"

namespace unmask {
namespace {

Command command_that(const std::string& name, const std::function<int(Session&)>& work) {
  Command command;
  command.name = name;
  command.summary = "for tests";
  command.usage = "[FILE]";
  command.examples = "  unmask " + name + "\n";
  command.run = [work](const ParsedOptions&, Session& session) { return work(session); };
  return command;
}

struct Result {
  int exit_code = -1;
  std::string out, err;
};

/// The program with commands that end in all the ways that commands may end.
Result run(std::vector<std::string> words) {
  const auto fail = [](ErrorKind kind) { return [kind](Session&) -> int { throw Error(kind, "what was wrong"); }; };
  const std::vector<Command> commands = {
      command_that("speak",
                   [](Session& session) {
                     session.print("spoken");
                     return 0;
                   }),
      command_that("seven", [](Session&) { return 7; }),
      command_that("failed", fail(ErrorKind::kFailed)),
      command_that("usage", fail(ErrorKind::kUsage)),
      command_that("data", fail(ErrorKind::kData)),
      command_that("stopped", fail(ErrorKind::kStopped)),
      command_that("memory", [](Session&) -> int { throw std::bad_alloc(); }),
      command_that("other", [](Session&) -> int { throw std::runtime_error("something else"); })};
  words.insert(words.begin(), "unmask");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int exit_code = run_program(commands, static_cast<int>(argv.size()), argv.data());
  std::string out = testing::internal::GetCapturedStdout();
  return {exit_code, out, testing::internal::GetCapturedStderr()};
}

TEST(ProgramTest, ExitCodesAreThoseOfTheOperationsPage) {
  struct Case {
    std::string command;
    int exit_code;
    std::string err;
  };
  const std::vector<Case> cases = {{"speak", 0, ""},
                                   {"seven", 7, ""},
                                   {"failed", 1, "unmask failed: what was wrong\n"},
                                   {"usage", 2, "unmask usage: what was wrong\n"},
                                   {"data", 3, "unmask data: what was wrong\n"},
                                   {"stopped", 75, "unmask stopped: what was wrong\n"},
                                   {"memory", 1, "unmask memory: out of memory\n"},
                                   {"other", 1, "unmask other: something else\n"}};
  for (const Case& each : cases) {
    const Result result = run({each.command});
    EXPECT_EQ(result.exit_code, each.exit_code) << each.command;
    EXPECT_EQ(result.err, each.err);
  }
  EXPECT_EQ(run({"speak"}).out, "spoken\n");
}

TEST(ProgramTest, HelpIsToldAndNothingIsRun) {
  EXPECT_NE(run({"--help"}).out.find("\n  seven       for tests\n"), std::string::npos);
  EXPECT_EQ(run({"help"}).out, run({"-h"}).out);
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"usage", "--help"}, {"usage", "a", "-h"}, {"help", "usage"}}) {
    const Result result = run(words);
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_EQ(result.out.find("unmask usage: for tests\n"), 0u) << result.out;
  }
  EXPECT_EQ(run({"usage", "--", "--help"}).exit_code, 2);  // an argument of that name
  EXPECT_EQ(run({"--version"}).out, "unmask 0.1.0\n");
}

TEST(ProgramTest, WithoutAKnownCommandHelpGoesToStderr) {
  const Result nothing = run({});
  EXPECT_EQ(nothing.exit_code, 2);
  EXPECT_EQ(nothing.out, "");
  EXPECT_NE(nothing.err.find("Commands:"), std::string::npos);
  const Result unknown = run({"spaek"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_EQ(unknown.err.find("unmask: unknown command \"spaek\"; did you mean `unmask speak`?"), 0u) << unknown.err;
  EXPECT_EQ(run({"speak", "--loud"}).exit_code, 2);
}

}  // namespace
}  // namespace unmask
