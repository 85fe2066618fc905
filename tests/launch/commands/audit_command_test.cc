#include "launch/commands/audit_command.h"

#include <gtest/gtest.h>

#include "launch/config/run_config_file.h"
#include "launch/run/run_splits.h"
#include "tests/data/crops_builder.h"
#include "tests/launch/command_run.h"
#include "tests/launch/tiny_run.h"

namespace unmask {
namespace {

class AuditCommandTest : public testing::Test {
 protected:
  AuditCommandTest() { write_tiny_stores(stores()); }
  std::filesystem::path stores() const { return folder_ / "stores"; }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  CommandResult audit(const std::string& rest = "") const { return run_command_line("audit " + path("stores") + rest); }
  /// What a training on these stores is told.
  std::string told() const {
    const RunConfig config = read_run_config(tiny_config(stores()), "a.toml", {}, ConfigFor::kEither);
    const std::vector<std::string> lines = audit_notes(config, run_censuses(config));
    return lines.size() == 1 ? lines.front() : "";
  }
  test_support::TemporaryFolder folder_;
};

TEST_F(AuditCommandTest, CleanStoresAndWhatATrainingIsTold) {
  EXPECT_EQ(told(), "audit: none of these splits is stored; `unmask audit " + path("stores") +
                        "` looks for leaks, near-duplicate crops and shortcuts");
  const CommandResult result = audit(" --json " + path("audit.json"));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(result.says("\nnothing found")) << result.out;
  EXPECT_TRUE(result.says("kept in " + path("stores/audits/"))) << result.err;
  EXPECT_TRUE(result.says("video AUC")) << result.out;
  EXPECT_TRUE(test::bytes_of(folder_ / "audit.json").starts_with("{\n  \"format\": \"unmask.audit.1\""));
  EXPECT_TRUE(told().starts_with("audit: nothing found; strongest shortcut: ")) << told();
  EXPECT_NE(told().find("of base, AUC 1.000 (" + path("stores/audits/")), std::string::npos)
      << told() << ": fakes are brighter";
}

TEST_F(AuditCommandTest, ALeakIsSaidAndIsTheExitCode) {
  write_tiny_store(stores() / "base/val.crops", Split::kVal, 8, 22);  // 22 and 23 are in train
  const std::string leak =
      "dataset base: 2 videos (deepfakes v23, real v22) and 2 target identities (p22, p23) in both train and val";
  const CommandResult result = audit();
  EXPECT_EQ(result.exit_code, 3) << result.err;
  EXPECT_TRUE(result.says("\nfound: " + leak)) << result.out;
  EXPECT_TRUE(told().starts_with("audit: 1 finding: " + leak)) << told();
}

TEST_F(AuditCommandTest, AShortcutMayBeTheExitCode) {
  const CommandResult result = audit(" --shortcut-limit 0.9");
  EXPECT_EQ(result.exit_code, 3) << result.err;
  EXPECT_TRUE(result.says("tells real from fake with an AUC of 1.000, --shortcut-limit is 0.9")) << result.err;
  EXPECT_EQ(audit(" --shortcut-limit 0.4").exit_code, 2);
  const CommandResult names = audit(" --shortcut-limit 0.9 --no-crops");
  EXPECT_EQ(names.exit_code, 0) << names.err;
  EXPECT_TRUE(names.says("nothing found (crops were not looked at)")) << names.out;
  EXPECT_TRUE(told().starts_with("audit: nothing found (crops were not looked at) (")) << told();
}

TEST_F(AuditCommandTest, WhatCantBeReadOrWrittenIsNamed) {
  EXPECT_EQ(audit(" --json " + path("none/audit.json")).exit_code, 1);
  const CommandResult none = run_command_line("audit " + path("none"));
  EXPECT_EQ(none.exit_code, 3);
  EXPECT_TRUE(none.says("none: there is no such file or folder")) << none.err;
  test::write_bytes(folder_ / "stores/audits", "a file stands where the folder would be");
  const CommandResult kept = audit();
  EXPECT_EQ(kept.exit_code, 0) << kept.err;
  EXPECT_TRUE(kept.says("not kept beside the stores: ")) << kept.err;
}

}  // namespace
}  // namespace unmask
