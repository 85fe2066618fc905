#include "launch/run/chosen_evidence.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "base/durable_file.h"
#include "data/store/crop_store.h"
#include "data/store/jpeg_codec.h"
#include "data/store_paths.h"
#include "launch/run/chosen_calibration.h"
#include "launch/run/chosen_folder.h"
#include "launch/run/joined_scores.h"
#include "model/files/safetensors.h"
#include "tests/launch/recorded_runs.h"
#include "tests/launch/tiny_run.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

class ChosenEvidenceTest : public testing::Test {
 protected:
  ChosenEvidenceTest() : run_(folder_ / "run"), stores_(folder_ / "stores") {
    write_tiny_stores(stores_);
    make_whole_run(folder_ / "run");
    recorded_ = read_recorded_run(run_, [](const std::string&) {});
    recorded_.config.trial.data.stores = stores_.string();
    fs::create_directories(run_.chosen());
    for (const SweepTrial& trial : recorded_.trials) {
      if (trial.record.id == 3) write_text(run_.chosen() / "config.toml", trial.brief.config);
    }
    const std::vector<std::byte> bytes(4);
    const std::vector<TensorBytes> tensors = {{"a", "F32", {1}, bytes}};
    write_safetensors(run_.chosen_model(), "1", tensors, {{"format", "x"}});
    const std::vector<std::string> base = {"base"};
    const SampleList samples(stores_, base, Split::kVal);
    std::vector<double> scores;
    for (std::size_t i = 0; i < samples.size(); ++i) scores.push_back(0.3 + 0.05 * static_cast<double>(i % 8));
    write_file_durably(chosen_frames(run_), evaluation_csv(join_scores(samples, scores)));
  }
  ChosenEvidence read() const { return read_chosen_evidence(run_, recorded_); }

  test_support::TemporaryFolder folder_;
  RunFolder run_;
  fs::path stores_;
  RecordedRun recorded_;
};

TEST_F(ChosenEvidenceTest, HasTheScoresAndCropsOfTheStores) {
  const ChosenEvidence evidence = read();
  ASSERT_TRUE(evidence.scores);
  EXPECT_EQ(evidence.scores->frames.size(), 16u);
  EXPECT_FALSE(evidence.scores->frames[1].score) << "no face";
  EXPECT_EQ(evidence.crops_note, "");
  ASSERT_FALSE(evidence.crops.empty());
  const CropStore store(store_path(stores_, "base", Split::kVal));
  std::vector<std::uint8_t> wanted(kTinyCropPx * kTinyCropPx * 3), shown(wanted.size());
  for (const ReportedCrop& crop : evidence.crops) {
    std::size_t row = 0;
    while (store.frame(row).video != crop.frame.video || store.frame(row).frame != crop.frame.frame) ++row;
    store.read(row, wanted);
    ASSERT_TRUE(decode_jpeg(crop.jpeg, kTinyCropPx, shown));
    double apart = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i) apart += std::abs(int{wanted[i]} - int{shown[i]});
    EXPECT_LT(apart / static_cast<double>(wanted.size()), 12) << crop.frame.video << ": another crop is 19 off";
  }
}

TEST_F(ChosenEvidenceTest, AStoreThatIsGoneOrMadeAnewIsSaidAndNoFault) {
  write_tiny_store(stores_ / "base/val.crops", Split::kVal, 8, 300);
  ChosenEvidence evidence = read();
  EXPECT_TRUE(evidence.crops.empty());
  EXPECT_NE(evidence.crops_note.find("val.crops: is not the store that was scored"), std::string::npos)
      << evidence.crops_note;
  fs::remove(stores_ / "base/val.crops");
  evidence = read();
  EXPECT_TRUE(evidence.scores) << "the curves need no store";
  EXPECT_NE(evidence.crops_note.find("val.crops"), std::string::npos) << evidence.crops_note;
}

TEST_F(ChosenEvidenceTest, HasTheCorruptionMatrixOfThatModelAlone) {
  const auto document = [](const std::string& digest) {
    return R"({"format": "unmask.corruption.1", "model_digest": ")" + digest + R"(", "on": "crops", "rows": [
      {"dataset": "base", "split": "val", "group": "all", "corruption": "clean", "strength": 0, "parameter": null,
       "value": null, "coverage": 1, "by_video": {"auc": 0.9, "intervals": {"auc": null}}}]})";
  };
  EXPECT_EQ(read().corruption_json, "");
  write_text(run_.chosen() / "corruption.json", document(uncalibrated_digest(run_.chosen_model())));
  EXPECT_NE(read().corruption_json.find("\"video_auc\":0.9"), std::string::npos);
  write_text(run_.chosen() / "corruption.json", document("another"));
  EXPECT_EQ(read().corruption_json, "");
}

TEST_F(ChosenEvidenceTest, HasWhatWasWonAndLostByThatModelAlone) {
  const auto write_of = [&](const std::string& digest) {
    write_text(
        run_.chosen() / "against_init.json",
        R"({"format": "unmask.init_comparison.1", "init": {"datasets": ["base"]}, "chosen": {"model_digest": ")" +
            digest + R"(", "replay": 0.2}, "missing": [], "rows": [{"dataset": "base", "split": "val",
      "group": "all", "standing": "old", "videos": 8, "clusters": 4, "by_video": {"auc": {"ours": 0.5,
      "theirs": 0.75, "difference": -0.25, "interval": [-0.5, -0.125]}}}]})");
  };
  EXPECT_EQ(read().won_and_lost_json, "");
  write_of(uncalibrated_digest(run_.chosen_model()));
  EXPECT_NE(read().won_and_lost_json.find("\"before\":0.75"), std::string::npos);
  write_of("another");
  EXPECT_EQ(read().won_and_lost_json, "");
}

TEST_F(ChosenEvidenceTest, WhatIsOfAnotherChoiceOrDamagedIsLeftOut) {
  write_text(chosen_frames(run_), "no table");
  EXPECT_FALSE(read().scores);
  fs::remove(chosen_frames(run_));
  EXPECT_FALSE(read().scores);
  EXPECT_EQ(read().crops_note, "");
  write_text(run_.chosen() / "config.toml", recorded_.trials[0].brief.config);
  EXPECT_FALSE(read().calibration);
  recorded_.trials.clear();
  EXPECT_FALSE(read().scores);
}

}  // namespace
}  // namespace unmask
