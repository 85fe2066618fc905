#include "sweep/run/added_scores.h"

#include <gtest/gtest.h>

#include "base/durable_file.h"
#include "tests/support/refusal.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

using test_support::refusal;

SweepTrial trial(int id, double objective) {
  SweepTrial made;
  made.record.id = id;
  made.record.state = TrialState::kDone;
  made.record.point = {{"seed", std::to_string(id)}};
  made.record.objective = std::to_string(objective);
  made.brief.config = "x";
  made.brief.train = {"base"};
  return made;
}

AddedTrial scored(double auc) { return {"d1", {"wild", 0.1 / 3, 0.5, 0.625, std::nullopt, auc}}; }

class AddedScoresTest : public testing::Test {
 protected:
  AddedScoresTest() : run_(folder_ / "run") { std::filesystem::create_directories(run_.root()); }
  test_support::TemporaryFolder folder_;
  RunFolder run_;
};

TEST_F(AddedScoresTest, WhatIsWrittenIsReadToTheLastBit) {
  EXPECT_TRUE(read_added_scores(run_).empty());
  AddedScores added;
  added_store(added, {"wild", "test", "aa"}).trials = {{7, scored(0.9)}, {10, scored(1.0 / 3)}};
  added_store(added, {"late", "val", "bb"}).trials = {{7, scored(0.5)}};
  write_added_scores(run_, added);
  const AddedScores again = read_added_scores(run_);
  ASSERT_EQ(again.size(), 2u);
  EXPECT_EQ(again[0].name(), "late.val");
  EXPECT_EQ(again[1].name(), "wild.test");
  EXPECT_EQ(again[1].fingerprint, "aa");
  EXPECT_EQ(again[1].trials.at(10).scores, scored(1.0 / 3).scores);
  EXPECT_EQ(again[1].trials.at(7).model_digest, "d1");
  const std::string text = read_text_file(run_.added_scores(), 1 << 20);
  write_added_scores(run_, again);
  EXPECT_EQ(read_text_file(run_.added_scores(), 1 << 20), text);
}

TEST_F(AddedScoresTest, AStoreOfOtherContentIsBegunAnew) {
  AddedScores added;
  added_store(added, {"wild", "test", "aa"}).trials = {{7, scored(0.9)}};
  EXPECT_EQ(added_store(added, {"wild", "test", "aa"}).trials.size(), 1u);
  EXPECT_TRUE(added_store(added, {"wild", "val", "aa"}).trials.empty());
  EXPECT_TRUE(added_store(added, {"wild", "test", "ab"}).trials.empty());
  EXPECT_EQ(added.size(), 2u);
}

TEST_F(AddedScoresTest, ADamagedFileIsNamedWithWhatToDo) {
  for (const char* text : {"", "[", "{}", R"({"format": "unmask.added_scores.2", "stores": []})",
                           R"({"format": "unmask.added_scores.1", "stores": [{}]})",
                           R"({"format": "unmask.added_scores.1", "stores": [{"dataset": "a", "split": "val",
                               "fingerprint": "x", "trials": [{"trial": "7", "model_digest": "", "scores": {}}]}]})"}) {
    write_file_durably(run_.added_scores(), text);
    const std::string said = refusal(ErrorKind::kData, [&] { read_added_scores(run_); });
    EXPECT_NE(said.find("added_scores.json: is damaged: "), std::string::npos) << text << "\n" << said;
    EXPECT_NE(said.find("remove it and score again"), std::string::npos) << said;
  }
}

TEST_F(AddedScoresTest, TablesHaveAColumnADataset) {
  const std::vector<SweepTrial> trials = {trial(0, 0.75), trial(1, 0.5), trial(2, 0.25)};
  AddedScores added;
  added_store(added, {"wild", "test", "aa"}).trials = {{0, scored(0.9)}, {1, scored(0.125)}};
  const std::string text = added_text(trials, added, "video_auc");
  for (const char* part : {"wild.test video_auc", "wild.test balanced_accuracy", "0.9000", "0.6250", "chosen"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  EXPECT_EQ(text.find("0002"), std::string::npos) << "it has no score\n" << text;
  // By the definition of results.csv: columns in the order of kScores, full precision, empty where undefined.
  const std::string csv = results_csv(trials, {}, {}, added_columns(trials, added));
  EXPECT_NE(csv.find(",wild.test.loss,wild.test.frame_accuracy,wild.test.balanced_accuracy,wild.test.frame_auc,"
                     "wild.test.video_auc\n0,"),
            std::string::npos)
      << csv;
  EXPECT_NE(csv.find(",0.03333333333333333,0.5,0.625,,0.9\n1,"), std::string::npos) << csv;
  EXPECT_TRUE(csv.ends_with(",,,,,\n")) << csv;
  EXPECT_EQ(results_csv(trials, {}, {}, added_columns(trials, {})), results_csv(trials, {}, {}));
}

}  // namespace
}  // namespace unmask
