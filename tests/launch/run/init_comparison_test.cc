// With detectors that were trained, against scikit-learn's numbers: tests/launch/refresh.py.
#include "launch/run/init_comparison.h"

#include <gtest/gtest.h>

#include "base/durable_file.h"
#include "model/files/safetensors.h"
#include "tests/launch/tiny_run.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

class InitComparisonTest : public testing::Test {
 protected:
  InitComparisonTest() : run_(folder_ / "run") {
    fs::create_directories(run_.chosen());
    write(run_.chosen_model(), "");
  }
  static std::string write(const fs::path& file, const std::string& format) {
    const std::vector<std::byte> bytes(4);
    const std::vector<TensorBytes> tensors = {{"a", "F32", {1}, bytes}};
    write_safetensors(file, "1", tensors, {{"format", format}, {"trained", R"({"datasets": ["base"]})"}});
    return file.string();
  }
  std::vector<std::string> compare(const std::string& init) {
    std::string config = tiny_config(folder_ / "stores");
    config.replace(config.find("random"), 6, init);
    write_text(run_.chosen() / "config.toml", config);
    std::vector<std::string> notes;
    const std::atomic<bool> stop = false;
    compare_with_init(run_, {folder_ / "stores"}, stop, [&](const std::string& text) { notes.push_back(text); });
    return notes;
  }
  fs::path file() const { return run_.chosen() / "against_init.json"; }

  test_support::TemporaryFolder folder_;
  RunFolder run_;
};

TEST_F(InitComparisonTest, OnlyADetectorIsComparedWith) {
  EXPECT_TRUE(compare("random").empty());
  EXPECT_TRUE(compare(write(folder_ / "weights", "unmask.weights.1")).empty());
  EXPECT_FALSE(fs::exists(file()));
  EXPECT_EQ(init_comparison_text(run_), "");
}

TEST_F(InitComparisonTest, WhatCannotBeComparedIsSaid) {
  const std::vector<std::string> notes = compare(write(folder_ / "old", kModelFormat));
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(notes[0].find(file().string() + " was not made: "), 0u) << notes[0];
  EXPECT_FALSE(fs::exists(file()));
}

TEST_F(InitComparisonTest, ATableOfAnotherModelIsNotShown) {
  const std::string rows = R"([{"dataset": "base", "split": "val", "group": "all", "videos": 8, "left_out": 0,
    "clusters": 4, "standing": "old", "by_video": {"auc": {"ours": 0.5, "theirs": 0.75, "difference": -0.25,
    "interval": [-0.5, -0.125]}}}])";
  const auto write_of = [&](const std::string& digest) {
    write_text(file(),
               R"({"chosen": {"model_digest": ")" + digest + R"("}, "missing": ["late/val"], "rows": )" + rows + "}");
  };
  write_of(uncalibrated_digest(run_.chosen_model()));
  const std::string text = init_comparison_text(run_);
  for (const char* part : {"-0.2500", "-0.5000 to -0.1250", "lost", "old", "not known: late/val.crops"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  write_of("other");
  EXPECT_EQ(init_comparison_text(run_), "");
  write_text(file(), "no json");
  EXPECT_NE(init_comparison_text(run_).find("can't be read"), std::string::npos);
}

}  // namespace
}  // namespace unmask
