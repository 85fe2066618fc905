#include "launch/run/open_run.h"

#include <gtest/gtest.h>

#include "base/durable_file.h"
#include "base/error.h"
#include "launch/config/run_config_file.h"
#include "tests/launch/recorded_runs.h"
#include "tests/launch/tiny_run.h"
#include "tests/support/refusal.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

using test_support::refusal;

namespace fs = std::filesystem;

class OpenRunTest : public testing::Test {
 protected:
  OpenRunTest() : run_(folder_ / "run") { write_tiny_stores(folder_ / "stores"); }
  RunConfig config(const std::vector<std::string>& overrides = {}, const std::string& more = "") const {
    return read_run_config(tiny_config(folder_ / "stores", more), "a.toml", overrides, ConfigFor::kEither);
  }
  std::string recorded() const { return read_text_file(run_.config(), 1 << 20); }

  test_support::TemporaryFolder folder_;
  RunFolder run_;
};

TEST_F(OpenRunTest, ANewRunRecordsItsConfigWithEveryDefaultAndContent) {
  const OpenRun open(run_, config({"train.precision=\"auto\""}), {});
  EXPECT_FALSE(open.resumed());
  EXPECT_NE(open.config().trial.train.precision, TrainPrecision::kAuto);
  for (const char* content : {"stores.base.train", "stores.base.val", kNumerics})
    EXPECT_FALSE(open.config().content.at(content).empty()) << content;
  EXPECT_EQ(recorded(), resolved_toml(open.config()));
  EXPECT_TRUE(fs::exists(run_.ledger()));
}

TEST_F(OpenRunTest, TheSameConfigGoesOnAndMayChangeWhatNoResultDependsOn) {
  const std::string first = resolved_toml(OpenRun(run_, config(), {}).config());
  const OpenRun again(run_, config({"runtime.timeout_s=90"}), {});
  EXPECT_TRUE(again.resumed());
  EXPECT_EQ(recorded(), first);  // until the trials are planned
  again.record_config();
  EXPECT_NE(recorded().find("timeout_s = 90"), std::string::npos);
}

TEST_F(OpenRunTest, AnotherExperimentIsRefusedAndLeavesNoTrace) {
  const std::string first = resolved_toml(OpenRun(run_, config(), {}).config());
  const std::string what = refusal(ErrorKind::kUsage, [&] { OpenRun(run_, config({"train.epochs=3"}), {}); });
  EXPECT_EQ(what, run_.root().string() +
                      ": holds a run of another experiment:\n  train.epochs: the run has 2, the config has 3\n"
                      "  choose another --run folder, or set these back");
  write_tiny_store(folder_ / "stores/base/val.crops", Split::kVal, 9, 100);
  EXPECT_NE(
      refusal(ErrorKind::kUsage, [&] { OpenRun(run_, config(), {}); }).find("content.stores.base.val: the run has"),
      std::string::npos);
  EXPECT_EQ(recorded(), first);
}

TEST_F(OpenRunTest, ASweepsFolderIsNoneOfATraining) {
  OpenRun(run_, config({}, kTinySweep), {});
  EXPECT_EQ(refusal(ErrorKind::kUsage, [&] { OpenRun(run_, config(), {}); }),
            run_.root().string() +
                ": holds a run of `unmask sweep`, the config is one of `unmask train`; choose another --run folder");
}

TEST_F(OpenRunTest, WhatTheRunIsCalledMayChange) {
  OpenRun(run_, config(), {});
  const OpenRun again(run_, config({"name=\"better\"", "tags=[\"a\"]", "notes=\"b\""}), {});
  again.record_config();
  EXPECT_NE(recorded().find("name = \"better\""), std::string::npos);
}

TEST_F(OpenRunTest, LeaksAreRefusedUnlessAllowed) {
  write_tiny_store(folder_ / "stores/base/val.crops", Split::kVal, 8, 22);  // 22 and 23 are in train
  EXPECT_EQ(
      refusal(ErrorKind::kData, [&] { OpenRun(run_, config(), {}); }),
      "the splits in " + (folder_ / "stores").string() +
          " leak: scores would be too good:\n"
          "  dataset base: 2 videos (deepfakes v23, real v22) and 2 target identities (p22, p23) in both train and "
          "val\n"
          "  split by identity (`unmask split`); or set data.allow_leaks = true, which every table "
          "then tells");
  EXPECT_FALSE(fs::exists(run_.config()));
  std::string told;
  OpenRun(run_, config({"data.allow_leaks=true"}), [&](const std::string& line) { told += line + "\n"; });
  EXPECT_NE(told.find("audit: none of these splits is stored; `unmask audit "), std::string::npos) << told;
  EXPECT_NE(recorded().find("allow_leaks = true"), std::string::npos);
  EXPECT_NE(refusal(ErrorKind::kData, [&] { OpenRun(run_, config(), {}); }), "");  // on resume as well
}

TEST_F(OpenRunTest, AFolderOfSomethingElseIsNotFilled) {
  write_text(folder_ / "notes.txt", "mine");
  EXPECT_NE(refusal(ErrorKind::kUsage, [&] { OpenRun(RunFolder(folder_.path()), config(), {}); })
                .find("is not empty and holds no run (no config.toml, but "),
            std::string::npos);
  EXPECT_FALSE(fs::exists(folder_ / ".lock")) << "what is no run's is left as it was";
  EXPECT_NE(refusal(ErrorKind::kFailed, [&] { OpenRun(RunFolder(folder_ / "notes.txt"), config(), {}); })
                .find("notes.txt: cannot make the run's folder"),
            std::string::npos);
  // What `unmask plan` left there is no obstacle.
  fs::create_directories(run_.root());
  write_text(run_.plan(), "{}");
  EXPECT_FALSE(OpenRun(run_, config(), {}).resumed());
}

TEST_F(OpenRunTest, AFirstStartThatWasKilledAsItWroteItsConfigIsStartedAgain) {
  fs::create_directories(run_.root());
  const fs::path half = run_.root() / "config.toml.tmp-4711";
  write_text(half, "[data]\nsto");
  EXPECT_FALSE(OpenRun(run_, config(), {}).resumed());
  EXPECT_FALSE(fs::exists(half));
}

TEST_F(OpenRunTest, OneProcessHoldsARun) {
  const OpenRun open(run_, config(), {});
  const std::string what = refusal(ErrorKind::kFailed, [&] { OpenRun(run_, config(), {}); });
  EXPECT_NE(what.find("is in use by host"), std::string::npos) << what;
}

TEST_F(OpenRunTest, SlicesOfTwoSweepsDontLieSideBySide) {
  const RunFolder sweep(folder_ / "array");
  const OpenRun first(slice_folder(sweep, {0, 2}), config({}, kTinySweep), {});
  const auto second = [&](const std::vector<std::string>& overrides) {
    OpenRun(slice_folder(sweep, {1, 2}), config(overrides, kTinySweep), {});
  };
  EXPECT_NE(refusal(ErrorKind::kUsage, [&] { second({"train.epochs=9"}); })
                .find("slice-0-of-2: is a slice of another sweep:\n  train.epochs: "),
            std::string::npos);
  EXPECT_FALSE(fs::exists(slice_folder(sweep, {1, 2}).config()));
  second({"sweep.trials=8"});  // grown
}

TEST_F(OpenRunTest, WholeRunsAndSlicesShareNoFolder) {
  make_whole_run(folder_ / "whole");
  make_slice(folder_ / "sliced", {0, 2});
  const auto refused = [&](const std::string& run, const std::optional<Slice>& slice) {
    return refusal(ErrorKind::kUsage, [&] { refuse_mixed_folders(RunFolder(folder_ / run), slice); });
  };
  EXPECT_EQ(refused("whole", std::nullopt), "");
  EXPECT_EQ(refused("sliced", Slice{1, 2}), "");
  EXPECT_EQ(refused("new", Slice{1, 2}), "");
  EXPECT_NE(refused("whole", Slice{0, 2}).find("holds a whole run"), std::string::npos);
  EXPECT_NE(refused("sliced", std::nullopt).find("unmask sweep --slice K/2"), std::string::npos);
  EXPECT_NE(refused("sliced", Slice{0, 3}).find("holds slices of 2, not of 3"), std::string::npos);
  const std::string named = refused("sliced/slice-0-of-2", std::nullopt);
  EXPECT_NE(named.find("take --run " + (folder_ / "sliced").string()), std::string::npos) << named;
  EXPECT_NE(named.find("--slice 0/2"), std::string::npos) << named;
}

}  // namespace
}  // namespace unmask
