#include "model/train/trial_files.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>

#include "base/error.h"
#include "model/files/model_file.h"
#include "model/files/safetensors.h"
#include "tests/model/train/small_trial.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

struct Recorder : TrainObserver {
  void on_checkpoint(const fs::path& file, std::int64_t, double) override { checkpoints.push_back(file.filename()); }
  void on_note(const std::string& note) override { notes.push_back(note); }
  std::vector<std::string> checkpoints, notes;
};

class TrialFilesTest : public testing::Test {
 protected:
  TrialFilesTest() : options_(small_trial(folder_)) { options_.runtime.checkpoint_every_s = 0; }

  /// A trial after its first epoch, whose weights are the best.
  struct Trained : OpenTrial {
    Trained(const TrialOptions& given, const fs::path& folder, bool writes = true)
        : OpenTrial(given),
          files(options, data, state, recorder,
                {.folder = folder, .identity = "seed = 0\n", .attempt = 1, .writes = writes}) {}
    void end_epoch() {
      state.step += 3;
      EpochRow& row = state.history.emplace_back();
      row.epoch = static_cast<int>(state.history.size());
      row.step = state.step;
      row.lr = 1e-5;
      row.val = {{"base", 0.5, 0.75, 0.75, 0.8, 0.9}};
      keep_as_best(state);
      files.best_is(state.history.size() - 1);
    }
    Recorder recorder;
    TrialFiles files;
  };
  fs::path trial() const { return folder_ / "trial"; }

  test_support::TemporaryFolder folder_;
  TrialOptions options_;
};

TEST_F(TrialFilesTest, ACheckpointBringsTheTrialBackWithItsBestWeights) {
  Trained before(options_, trial());
  EXPECT_FALSE(before.files.restore());
  EXPECT_TRUE(fs::is_directory(trial() / "checkpoints"));
  before.end_epoch();
  before.files.write_last_checkpoint(/*is_over=*/false);
  EXPECT_EQ(before.recorder.checkpoints, std::vector<std::string>{"step-00000003.safetensors"});

  Trained after(options_, trial());
  initialise_random(after.state.classifier, 9);
  EXPECT_TRUE(after.files.restore());
  EXPECT_EQ(after.state.step, 3);
  EXPECT_EQ(after.state.history, before.state.history);
  EXPECT_TRUE(after.state.best[0].equal(before.state.best[0]));
  EXPECT_TRUE(after.state.classifier.parameters()[0].tensor.equal(before.state.classifier.parameters()[0].tensor));
  EXPECT_EQ(after.recorder.notes, std::vector<std::string>{"goes on from step 3 of 6"});
}

TEST_F(TrialFilesTest, ADamagedCheckpointIsPassedOverWithANote) {
  Trained before(options_, trial());
  before.files.restore();
  before.end_epoch();
  before.files.write_last_checkpoint(/*is_over=*/false);
  std::ofstream(trial() / "checkpoints" / "step-00000004.safetensors") << "torn";
  Trained after(options_, trial());
  EXPECT_TRUE(after.files.restore());
  EXPECT_EQ(after.state.step, 3);
  ASSERT_EQ(after.recorder.notes.size(), 2u);
  EXPECT_NE(after.recorder.notes[0].find("damaged checkpoint passed over"), std::string::npos);
}

TEST_F(TrialFilesTest, TheBestModelIsWrittenWithItsEpochOnlyOnceThereIsOne) {
  Trained trained(options_, trial());
  trained.files.restore();
  trained.files.write_best();
  EXPECT_FALSE(fs::exists(trial() / "best.safetensors"));
  trained.end_epoch();
  trained.files.write_best();
  const LoadedModel best = load_model_file(trial() / "best.safetensors");
  EXPECT_EQ(best.info.trained_json, R"({"datasets":["base"],"epoch":1,"init":"random","seed":0,"step":3})");
  EXPECT_EQ(best.info.crop_px, 32);
  EXPECT_EQ(best.info.preprocessing_json, trained.data.preprocessing_json());
  EXPECT_TRUE(best.classifier.parameters()[0].tensor.equal(trained.state.best[0]));
}

TEST_F(TrialFilesTest, LeaksThatWereAllowedStandInTheModel) {
  options_.data.allow_leaks = true;
  Trained trained(options_, trial());
  trained.files.restore();
  trained.end_epoch();
  trained.files.write_best();
  EXPECT_NE(load_model_file(trial() / "best.safetensors").info.trained_json.find(R"("leaks":"allowed")"),
            std::string::npos);
}

TEST_F(TrialFilesTest, TheNextCheckpointWritesTheBestModelTooInTheBackground) {
  Trained trained(options_, trial());
  trained.files.restore();
  trained.end_epoch();
  EXPECT_TRUE(trained.files.is_checkpoint_due());
  trained.files.checkpoint_in_background();
  // What later steps do to the weights doesn't reach what is being written.
  const at::Tensor first = trained.state.classifier.parameters()[0].tensor.detach();
  const at::Tensor before = first.clone();
  first.add_(1);
  trained.state.step = 4;
  trained.files.write_last_checkpoint(/*is_over=*/false);  // waits for the one in the background
  EXPECT_FALSE(trained.files.fault());
  EXPECT_EQ(trained.recorder.checkpoints,
            (std::vector<std::string>{"step-00000003.safetensors", "step-00000004.safetensors"}));
  EXPECT_TRUE(load_model_file(trial() / "best.safetensors").classifier.parameters()[0].tensor.equal(before));
  const SafetensorsFile written(trial() / "checkpoints" / "step-00000003.safetensors",
                                SafetensorsFile::Digest::kRequired);
  const auto* values = reinterpret_cast<const float*>(written.find("model.conv1.weight")->bytes.data());
  EXPECT_EQ(values[0], before.contiguous().const_data_ptr<float>()[0]);
}

TEST_F(TrialFilesTest, ACheckpointThatCannotBeWrittenIsAFaultNotAThrow) {
  Trained trained(options_, trial());
  trained.files.restore();
  trained.end_epoch();
  fs::remove_all(trial() / "checkpoints");
  std::ofstream(trial() / "checkpoints") << "a file where the folder should be";
  trained.files.checkpoint_in_background();
  EXPECT_FALSE(trained.files.fault()) << "not known yet";
  for (int wait = 0; wait < 6000 && !trained.files.fault(); ++wait) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    trained.files.checkpoint_in_background();  // tells of the one before
  }
  ASSERT_TRUE(trained.files.fault());
  EXPECT_NE(trained.files.fault()->text.find("checkpoints"), std::string::npos) << trained.files.fault()->text;
}

TEST_F(TrialFilesTest, ATrialThatIsOverNeedsNoCheckpointUnlessItsTestComesNext) {
  {
    Trained over(options_, trial());
    over.files.restore();
    over.end_epoch();
    over.end_epoch();
    over.files.write_last_checkpoint(/*is_over=*/true);
    EXPECT_TRUE(fs::is_empty(trial() / "checkpoints"));
  }
  options_.data.test = {"augment"};
  Trained tested(options_, trial());
  tested.files.restore();
  tested.end_epoch();
  tested.end_epoch();
  tested.files.write_last_checkpoint(/*is_over=*/true);
  EXPECT_TRUE(fs::exists(trial() / "checkpoints" / "step-00000006.safetensors"));
}

TEST_F(TrialFilesTest, TablesHoldTheHistoryAndTheTestScores) {
  Trained trained(options_, trial());
  trained.files.restore();
  trained.end_epoch();
  trained.files.write_metrics();
  EXPECT_EQ(text_of(trial() / "metrics.csv"), metrics_csv(trained.state.history, {"base"}));
  EXPECT_NE(text_of(trial() / "metrics.csv").find("\n1,3,1e-05,,,0.5,0.75,0.75,0.8,0.9\n"), std::string::npos);
  trained.files.write_test({{"augment", 0.25, 1, 1, 1, 1}});
  EXPECT_EQ(text_of(trial() / "test.csv"),
            "dataset,loss,frame_accuracy,balanced_accuracy,frame_auc,video_auc\naugment,0.25,1,1,1,1\n");
}

TEST_F(TrialFilesTest, OtherRanksWriteNothing) {
  Trained other(options_, trial(), /*writes=*/false);
  EXPECT_FALSE(other.files.restore());
  other.end_epoch();
  other.files.write_metrics();
  other.files.write_test({});
  other.files.write_best();
  other.files.checkpoint_in_background();
  other.files.write_last_checkpoint(/*is_over=*/false);
  EXPECT_FALSE(fs::exists(trial()));
}

}  // namespace
}  // namespace unmask
