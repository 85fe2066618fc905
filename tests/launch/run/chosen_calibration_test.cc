// With a model that was trained: SweepRunnerTest.TheChoiceIsCalibratedOnceOnTheSplitThatThereIs.
#include "launch/run/chosen_calibration.h"

#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/durable_file.h"
#include "model/files/safetensors.h"
#include "tests/launch/tiny_run.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

class ChosenCalibrationTest : public testing::Test {
 protected:
  ChosenCalibrationTest() : run_(folder_ / "run") { fs::create_directories(run_.chosen()); }
  static void write(const fs::path& file, const std::map<std::string, std::string>& metadata, char first = 0) {
    const std::vector<std::byte> bytes = {std::byte(first), std::byte{1}, std::byte{2}, std::byte{3}};
    const std::vector<TensorBytes> tensors = {{"a", "F32", {1}, bytes}};
    write_safetensors(file, "1", tensors, metadata);
  }
  std::vector<std::string> calibrate() {
    std::vector<std::string> notes;
    const std::atomic<bool> stop = false;
    calibrate_chosen(run_, {folder_ / "stores"}, stop, [&](const std::string& text) { notes.push_back(text); });
    return notes;
  }
  test_support::TemporaryFolder folder_;
  RunFolder run_;
};

TEST_F(ChosenCalibrationTest, AModelWithACalibrationIsStillTheModel) {
  write(folder_ / "best", {{"format", "x"}});
  const std::string digest = to_hex(digest128(MappedFile(folder_ / "best").bytes()));
  write(folder_ / "calibrated", {{"format", "x"}, {kCalibrationKey, "{}"}, {kUncalibratedKey, digest}});
  EXPECT_EQ(uncalibrated_digest(folder_ / "best"), digest);
  EXPECT_EQ(uncalibrated_digest(folder_ / "calibrated"), digest);
  write(folder_ / "other_words", {{"format", "y"}});
  write(folder_ / "other_weights", {{"format", "x"}}, 1);
  write_text(folder_ / "text", "a model");
  EXPECT_TRUE(is_model_of(folder_ / "best", folder_ / "best"));
  EXPECT_TRUE(is_model_of(folder_ / "calibrated", folder_ / "best"));
  for (const char* other : {"other_words", "other_weights", "text", "missing"})
    EXPECT_FALSE(is_model_of(folder_ / other, folder_ / "best")) << other;
}

TEST_F(ChosenCalibrationTest, WhatCannotBeCalibratedStaysAsItIsAndSaysWhy) {
  EXPECT_TRUE(calibrate().empty()) << "there is no choice";
  write(run_.chosen_model(), {{kCalibrationKey, "{}"}});
  EXPECT_TRUE(calibrate().empty()) << "it is calibrated";
  write(run_.chosen_model(), {{"format", "x"}});
  const std::string before = read_text_file(run_.chosen_model(), 1 << 20);
  write_text(run_.chosen() / "config.toml", tiny_config(folder_ / "stores"));
  const std::vector<std::string> notes = calibrate();
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_NE(notes[0].find("model.safetensors stays uncalibrated: "), std::string::npos) << notes[0];
  EXPECT_NE(notes[0].find("no folder of crop stores " + (folder_ / "stores").string()), std::string::npos) << notes[0];
  EXPECT_EQ(read_text_file(run_.chosen_model(), 1 << 20), before);
}

}  // namespace
}  // namespace unmask
