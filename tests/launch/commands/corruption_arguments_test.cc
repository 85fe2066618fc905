#include "launch/commands/corruption_arguments.h"

#include <gtest/gtest.h>

#include "tests/support/refusal.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

ParsedOptions parsed(const std::vector<std::string>& arguments) {
  Command command;
  add_corruption_options(command.options);
  command.options.add_options()("scores", boost::program_options::value<std::string>());
  return parse_options(command, arguments);
}

TEST(CorruptionArgumentsTest, AllKindsOrThoseThatAreNamed) {
  EXPECT_FALSE(read_corruption_options(parsed({})));
  const auto all = read_corruption_options(parsed({"--corrupt"}));
  ASSERT_TRUE(all);
  EXPECT_EQ(all->corruptions, corruption_plan({}));
  EXPECT_TRUE(all->sources.empty() && all->sandbox);
  const auto some = read_corruption_options(parsed({"--corruption", "blur", "--corruption", "jpeg", "--sources", "a",
                                                    "--sources", "b", "--detector-model", "m.onnx", "--no-sandbox"}));
  ASSERT_TRUE(some);
  ASSERT_EQ(some->corruptions.size(), 10u);
  EXPECT_EQ(some->corruptions[0].kind, CorruptionKind::kJpeg);
  EXPECT_EQ(some->sources, (std::vector<std::filesystem::path>{"a", "b"}));
  EXPECT_EQ(some->detector_model, "m.onnx");
  EXPECT_FALSE(some->sandbox);
}

TEST(CorruptionArgumentsTest, WhatDoesntFitIsNamed) {
  const auto refused = [](const std::vector<std::string>& arguments) {
    return test_support::refusal(ErrorKind::kUsage, [&] { read_corruption_options(parsed(arguments)); });
  };
  EXPECT_NE(refused({"--corruption", "fog"}).find("--corruption must be one of \"jpeg\""), std::string::npos);
  EXPECT_NE(refused({"--sources", "a"}).find("go with --corrupt"), std::string::npos);
  EXPECT_NE(refused({"--no-sandbox"}).find("go with --corrupt"), std::string::npos);
  EXPECT_NE(refused({"--corrupt", "--scores", "x.csv"}).find("--corrupt needs a MODEL"), std::string::npos);
}

TEST(CorruptionArgumentsTest, SourcesAreFolders) {
  const test_support::TemporaryFolder folder;
  require_source_folders({});
  require_source_folders({folder.path()});
  const std::string why = test_support::refusal(ErrorKind::kUsage, [&] {
    require_source_folders({folder.path(), folder.path() / "none"});
  });
  EXPECT_NE(why.find("none is no folder"), std::string::npos) << why;
}

}  // namespace
}  // namespace unmask
