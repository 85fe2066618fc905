#include "launch/commands/all_commands.h"

#include <set>
#include <sstream>

#include <gtest/gtest.h>

namespace unmask {
namespace {

TEST(AllCommandsTest, EachHasANameOfItsOwnAndAWholeHelp) {
  std::set<std::string> names;
  for (const Command& command : all_commands()) {
    SCOPED_TRACE(command.name);
    EXPECT_TRUE(names.insert(command.name).second);
    EXPECT_FALSE(command.summary.empty());
    EXPECT_TRUE(command.run);
    for (const std::string& argument : command.positional)
      EXPECT_NE(command.usage.find(argument), std::string::npos) << argument << " is not in the usage line";
    const std::string help = command_help(command);
    EXPECT_LT(help.find("Examples:"), help.find("Usage:"));
  }
  for (const char* promised : {"prepare", "split", "audit", "train", "sweep", "evaluate", "predict", "watch", "status",
                               "report", "import", "export", "synth", "check", "plan"})
    EXPECT_TRUE(names.contains(promised)) << promised;
}

// What help shows can be typed: the words after `unmask COMMAND` are options and arguments that the command has.
TEST(AllCommandsTest, EveryExampleCanBeParsed) {
  int examples = 0;
  for (const Command& command : all_commands()) {
    std::istringstream lines(command.examples);
    for (std::string line; std::getline(lines, line); ++examples) {
      SCOPED_TRACE(line);
      const std::string start = "unmask " + command.name + " ";
      const std::size_t at = line.find(start);
      ASSERT_NE(at, std::string::npos);
      // What stands behind several blanks is a remark.
      std::istringstream words(line.substr(at + start.size(), line.find("   ", at) - at - start.size()));
      std::vector<std::string> arguments;
      for (std::string word; words >> word;) arguments.push_back(word);
      EXPECT_NO_THROW(parse_options(command, arguments));
    }
  }
  EXPECT_GE(examples, 20);
}

TEST(AllCommandsTest, OnlyWhatMakesARunOffersWhatARunHas) {
  for (const Command& command : all_commands()) {
    const bool trains = command.name == "train" || command.name == "sweep";
    const std::string help = command_help(command);
    EXPECT_EQ(help.find("--trace") != std::string::npos, trains) << help;
    EXPECT_EQ(help.find("made if it isn't there") != std::string::npos, trains) << help;
  }
}

TEST(AllCommandsTest, WhatASignalSavesIsSaid) {
  for (const Command& command : all_commands()) {
    const bool goes_on = command.name == "train" || command.name == "sweep" || command.name == "watch";
    EXPECT_TRUE(!goes_on || (command.saves_on_signal && command.uses_mpi)) << command.name;
    EXPECT_EQ(command.notes.find("SIGTERM") != std::string::npos, goes_on) << command.name;
  }
}

}  // namespace
}  // namespace unmask
