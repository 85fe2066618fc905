#include "launch/run/model_path.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/launch/recorded_runs.h"
#include "tests/launch/tiny_run.h"
#include "tests/support/refusal.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

class ModelPathTest : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  fs::path model(const fs::path& file) const {
    fs::create_directories(file.parent_path());
    write_text(file, "a model");
    return file;
  }
  static std::string refusal(const std::string& name) {
    return test_support::refusal(ErrorKind::kUsage, [&] { find_model(name); });
  }

  test_support::TemporaryFolder folder_;
};

TEST_F(ModelPathTest, AFileIsItself) { EXPECT_EQ(find_model(model(folder_ / "a.bin").string()), folder_ / "a.bin"); }

TEST_F(ModelPathTest, ARunIsItsChoiceElseItsFirstTrial) {
  const RunFolder run(folder_ / "run");
  model(run.best_model(0));
  EXPECT_EQ(find_model(path("run")), run.best_model(0));
  model(run.chosen_model());
  EXPECT_EQ(find_model(path("run")), run.chosen_model());
}

TEST_F(ModelPathTest, ATrialIsNamedByItsNumber) {
  const RunFolder run(folder_ / "run");
  model(run.best_model(7));
  for (const char* number : {":7", ":0007"}) EXPECT_EQ(find_model(path("run") + number), run.best_model(7));
  EXPECT_EQ(refusal(path("run") + ":8"), path("run") + ":8: no such model (looked for " + run.best_model(8).string() +
                                             "); wanted a model file, a run folder, or RUN:0007");
}

TEST_F(ModelPathTest, ARunInSlicesIsTheChoiceOverAll) {
  for (const int k : {2, 0, 1}) make_slice(folder_ / "run", {k, 3});
  // Trial 3, the best, is in slice 0; trial 1, the second, in slice 1.
  const fs::path best = model(slice_folder(RunFolder(folder_ / "run"), {0, 3}).best_model(3));
  const fs::path second = model(slice_folder(RunFolder(folder_ / "run"), {1, 3}).best_model(1));
  EXPECT_EQ(find_model(path("run")), best);
  EXPECT_EQ(find_model(path("run") + ":0003"), best);
  EXPECT_EQ(find_model(path("run") + ":1"), second);
}

TEST_F(ModelPathTest, WhatIsNotThereSaysWhatWasLookedFor) {
  EXPECT_NE(refusal(path("none")).find("none: does not exist; wanted a model file, a run folder, or RUN:0007"),
            std::string::npos);
  EXPECT_NE(refusal("/dev/null").find("/dev/null: is neither a file nor a folder"), std::string::npos);
  fs::create_directory(folder_ / "run");
  EXPECT_NE(refusal(path("run")).find("(looked for chosen/model.safetensors and trials/0000/best.safetensors)"),
            std::string::npos);
}

}  // namespace
}  // namespace unmask
