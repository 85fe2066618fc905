#include "report/trial_display.h"

#include <gtest/gtest.h>

#include "base/durable_file.h"
#include "model/score/scored_dataset.h"
#include "tests/data/crops_builder.h"
#include "tests/report/drawn_picture.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

class TrialDisplayTest : public testing::Test {
 protected:
  struct Heard : TrainObserver {
    void on_scored(const ScoredDataset& dataset, std::span<const Scored>) override { scored.push_back(dataset.name); }
    void on_epoch(const EpochRow& row, int) override { epochs.push_back(row.epoch); }
    void on_note(const std::string& text) override { notes.push_back(text); }
    std::vector<std::string> scored, notes;
    std::vector<int> epochs;
  };
  TrialDisplayTest() {
    for (const char* name : {"base", "augment"}) {
      test::write_store(folder_ / "stores" / name / "val.crops", 40, 32, CropEncoding::kRaw, name, Split::kVal);
      datasets_.push_back(open_scored_dataset(folder_ / "stores", name, Split::kVal));
    }
  }
  void score(TrialDisplay& display, int epoch) {
    for (const ScoredDataset& dataset : datasets_) {
      std::vector<Scored> scores;
      for (std::size_t i = 0; i < dataset.all.size(); ++i)
        scores.push_back(
            {dataset.samples[i].label, static_cast<double>((i * 7 + static_cast<std::size_t>(epoch)) % 30) / 30});
      display.on_scored(dataset, scores);
    }
    EpochRow row;
    row.epoch = epoch;
    display.on_epoch(row, 12);
  }
  static std::string text(const fs::path& file) { return read_text_file(file, 1 << 20); }

  test_support::TemporaryFolder folder_;
  std::vector<ScoredDataset> datasets_;
  Heard heard_;
};

TEST_F(TrialDisplayTest, EveryEpochHasItsPictures) {
  TrialDisplay display(folder_ / "0000", "demo, trial 0000", 2, heard_);
  score(display, 1);
  score(display, 2);
  score(display, 123);
  EXPECT_EQ(heard_.epochs, (std::vector<int>{1, 2, 123}));
  EXPECT_EQ(heard_.scored.size(), 6u);
  EXPECT_TRUE(heard_.notes.empty());
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "0000/display"), fs::directory_iterator()), 6);
  const std::string first = text(folder_ / "0000/display/epoch-001.png");
  EXPECT_NE(text(folder_ / "0000/display/epoch-002.png"), first);
  EXPECT_LT(first.size(), 300'000u);
  EXPECT_FALSE(test_support::drawn_picture(text(folder_ / "0000/display/roc-123.png")).empty());
  EXPECT_EQ(display_file("0000", 123), fs::path("0000/display/epoch-123.png"));
  EXPECT_EQ(roc_file("0000", 7), fs::path("0000/display/roc-007.png"));
}

TEST_F(TrialDisplayTest, AnotherLeaseDrawsTheSameBytes) {
  TrialDisplay display(folder_ / "0000", "demo, trial 0000", 2, heard_);
  score(display, 1);
  score(display, 2);
  const std::string crops = text(display_file(folder_ / "0000", 2)), roc = text(roc_file(folder_ / "0000", 2));
  fs::remove_all(folder_ / "0000/display");
  test::write_bytes(folder_ / "0000/half", "");
  TrialDisplay again(folder_ / "0000", "demo, trial 0000", 2, heard_);
  score(again, 2);  // without an epoch before it
  EXPECT_EQ(text(display_file(folder_ / "0000", 2)), crops);
  EXPECT_EQ(text(roc_file(folder_ / "0000", 2)), roc);
}

TEST_F(TrialDisplayTest, ADiskThatFailsIsNotedOnceAndNoMore) {
  std::ofstream(folder_ / "0000") << "a file where the folder should be";
  TrialDisplay display(folder_ / "0000", "demo, trial 0000", 2, heard_);
  score(display, 1);
  score(display, 2);
  EXPECT_EQ(heard_.epochs, (std::vector<int>{1, 2}));
  ASSERT_EQ(heard_.notes.size(), 1u);
  EXPECT_NE(heard_.notes[0].find("display can't be written"), std::string::npos) << heard_.notes[0];
}

}  // namespace
}  // namespace unmask
