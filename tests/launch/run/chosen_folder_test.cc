#include "launch/run/chosen_folder.h"

#include <stdlib.h>

#include <gtest/gtest.h>

#include "base/durable_file.h"
#include "base/error.h"
#include "launch/run/recorded_run.h"
#include "tests/launch/recorded_runs.h"
#include "tests/launch/tiny_run.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

class ChosenFolderTest : public testing::Test {
 protected:
  ChosenFolderTest() : run_(folder_ / "run") {
    make_whole_run(run_.root());
    trials_ = read_recorded_run(run_, [](const std::string&) {}).trials;
    fs::create_directories(run_.trial(3));
    write_text(run_.best_model(3), "the best");
  }
  static std::string text(const fs::path& file) { return read_text_file(file, 1 << 20); }

  test_support::TemporaryFolder folder_;
  RunFolder run_;
  std::vector<SweepTrial> trials_;
  std::vector<std::string> notes_;
  const Note note_ = [this](const std::string& line) { notes_.push_back(line); };
};

TEST_F(ChosenFolderTest, TheBestTrialIsCopiedWithItsConfigAndScores) {
  write_chosen(run_, trials_, note_);  // trial 3 is the best
  EXPECT_EQ(text(run_.chosen_model()), "the best");
  EXPECT_EQ(text(run_.chosen() / "config.toml"), trials_[3].brief.config);
  EXPECT_NE(text(run_.chosen() / "scores.json").find("\"trial\":3"), std::string::npos);
}

TEST_F(ChosenFolderTest, OfAPointOfSeveralSeedsItIsTheBestAndSaysSo) {
  trials_[2].record.point = trials_[3].record.point;
  trials_[2].record.repeat = 1;
  fs::create_directories(run_.trial(6));
  write_text(run_.best_model(6), "the best on average");
  write_chosen(run_, trials_, note_);  // seeds of 2/8 and 7/8 are worse than the one of 6/8
  const std::string scores = text(run_.chosen() / "scores.json");
  EXPECT_NE(scores.find("\"trial\":6"), std::string::npos) << scores;
  EXPECT_NE(scores.find("\"chosen\":\"the point of the best mean over its seeds, and of these the seed of the best "),
            std::string::npos)
      << scores;
}

TEST_F(ChosenFolderTest, AnotherChoiceTakesTheOldStateDictAway) {
  write_chosen(run_, trials_, note_);
  const fs::path state_dict = run_.chosen() / "model.pth";
  write_text(state_dict, "of the best");
  write_chosen(run_, trials_, note_);
  EXPECT_TRUE(fs::exists(state_dict));  // the same model
  write_text(run_.best_model(3), "better");
  write_chosen(run_, trials_, note_);
  EXPECT_EQ(text(run_.chosen_model()), "better");
  EXPECT_FALSE(fs::exists(state_dict));
}

TEST_F(ChosenFolderTest, AFinishedRunNeedsNoOtherModel) {
  write_chosen(run_, trials_, note_);
  fs::remove(run_.best_model(3));
  write_chosen(run_, trials_, note_);
  EXPECT_EQ(text(run_.chosen_model()), "the best");
  write_text(run_.chosen() / "config.toml", "of another trial");
  EXPECT_TRUE(notes_.empty());
  write_chosen(run_, trials_, note_);  // the choice, whose weights were pruned
  EXPECT_EQ(text(run_.chosen() / "config.toml"), "of another trial") << "model, config and scores stay together";
  ASSERT_EQ(notes_.size(), 1u);
  EXPECT_EQ(notes_[0].find(run_.chosen().string() + " stays as it was: trial 0003 is the best now, but"), 0u)
      << notes_[0];
  fs::remove_all(run_.chosen());
  write_chosen(run_, trials_, note_);
  EXPECT_FALSE(fs::exists(run_.chosen()));
  EXPECT_EQ(notes_[1].find(run_.chosen().string() + " was not made: "), 0u) << notes_[1];
}

TEST_F(ChosenFolderTest, WithoutAResultThereIsNoChoice) {
  write_chosen(run_, {trials_[4]}, note_);  // failed
  EXPECT_FALSE(fs::exists(run_.chosen()));
}

TEST_F(ChosenFolderTest, AStateDictThatCantBeMadeIsANote) {
  write_state_dict(run_, note_);  // there is no chosen model
  EXPECT_TRUE(notes_.empty());
  write_chosen(run_, trials_, note_);
  ::setenv("UNMASK_PYTHON", "/no/such/python", 1);
  write_state_dict(run_, note_);
  ::unsetenv("UNMASK_PYTHON");
  ASSERT_EQ(notes_.size(), 1u);
  EXPECT_EQ(notes_[0].find((run_.chosen() / "model.pth").string() + " was not made: "), 0u) << notes_[0];
}

}  // namespace
}  // namespace unmask
