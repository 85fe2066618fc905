#include "launch/command_line.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/support/refusal.h"

namespace unmask {
namespace {

namespace po = boost::program_options;

/// `unmask copy FROM TO... [--level N] [--tag TEXT]... [--dry]`
Command copy_command() {
  Command command;
  command.name = "copy";
  command.summary = "copies files";
  command.usage = "FROM TO... [--level N]";
  command.examples = "  unmask copy a b c\n";
  command.notes = "Nothing is overwritten.\n";
  command.positional = {"FROM", "TO"};
  command.last_repeats = true;
  command.options.add_options()("level", po::value<int>()->default_value(3), "how much")(
      "tag", po::value<std::vector<std::string>>()->composing(), "a word")("note", po::value<std::string>(), "a line")(
      "dry", "only tells");
  return command;
}

std::string fault_of(const std::vector<std::string>& arguments) {
  return test_support::refusal(ErrorKind::kUsage, [&] { parse_options(copy_command(), arguments); });
}

TEST(CommandLineTest, OptionsAndArgumentsAreRead) {
  const ParsedOptions parsed =
      parse_options(copy_command(), {"a", "--tag", "x", "b", "--dry", "c", "--tag=y", "--note", "two words"});
  EXPECT_EQ(parsed["FROM"].as<std::string>(), "a");
  EXPECT_EQ(texts_of(parsed, "TO"), (std::vector<std::string>{"b", "c"}));
  EXPECT_EQ(texts_of(parsed, "tag"), (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(text_of(parsed, "note"), "two words");
  EXPECT_EQ(parsed["level"].as<int>(), 3);
  EXPECT_EQ(parsed.count("dry"), 1u);
}

TEST(CommandLineTest, WhatWasNotGivenIsNothing) {
  const ParsedOptions parsed = parse_options(copy_command(), {"a", "b"});
  EXPECT_EQ(text_of(parsed, "note"), std::nullopt);
  EXPECT_TRUE(texts_of(parsed, "tag").empty());
  EXPECT_EQ(parsed.count("dry"), 0u);
}

TEST(CommandLineTest, FaultsNameTheOptionAndWhereHelpIs) {
  EXPECT_EQ(fault_of({"a", "b", "--leevl", "1"}),
            "unknown option --leevl; did you mean --level?\n  usage: unmask copy FROM TO... [--level N]\n"
            "  `unmask copy --help` tells more");
  EXPECT_EQ(fault_of({"a", "b", "--lev", "1"}).substr(0, 21), "unknown option --lev\n");  // no abbreviations
  EXPECT_EQ(fault_of({"a"}).substr(0, 19), "missing argument TO");
  EXPECT_NE(fault_of({"a", "b", "--level", "high"}).find("level"), std::string::npos);
  EXPECT_NE(fault_of({"a", "b", "--level"}).find("level"), std::string::npos);
}

TEST(CommandLineTest, ACommandIsFoundByItsWholeName) {
  std::vector<Command> commands = {copy_command()};
  EXPECT_EQ(&find_command(commands, "copy"), &commands[0]);
  const auto fault = [&](const std::string& name) {
    try {
      find_command(commands, name);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(fault("cpoy"),
            "unknown command \"cpoy\"; did you mean `unmask copy`?\n  `unmask --help` lists the commands");
  EXPECT_EQ(fault("paint"), "unknown command \"paint\"\n  `unmask --help` lists the commands");
  EXPECT_LT(fault(std::string(5000, 'x')).size(), 200u);
}

TEST(CommandLineTest, HelpTellsExamplesFirstAndNotesLast) {
  const std::string help = command_help(copy_command());
  EXPECT_EQ(help.find("unmask copy: copies files\n\nExamples:\n  unmask copy a b c\n\nUsage: unmask copy FROM TO..."),
            0u);
  EXPECT_LT(help.find("--level"), help.find("Nothing is overwritten."));
  EXPECT_NE(program_help({copy_command()}).find("\n  copy        copies files\n"), std::string::npos);
}

}  // namespace
}  // namespace unmask
