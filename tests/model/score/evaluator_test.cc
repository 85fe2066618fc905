#include "model/score/evaluator.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "dist/loopback_communicator.h"
#include "model/files/model_file.h"
#include "model/score/scored_dataset.h"
#include "model/score/scorer.h"
#include "tests/model/tiny_stores.h"
#include "tests/support/run_ranks.h"

namespace unmask {
namespace {

/// A model file of drawn weights, and the stores that it would have been trained on.
class EvaluatorTest : public testing::Test {
 protected:
  EvaluatorTest()
      : classifier_(ModelOptions{.init = "random", .head = Head::kHidden, .dropout = 0.5}), dataset_([this] {
          make_tiny_stores(folder_ / "stores", {.px = 32, .train = 2, .val = 70});
          return open_scored_dataset(folder_ / "stores", "base", Split::kVal);
        }()) {
    initialise_random(classifier_, 3);
    write(dataset_.samples.store(0).preprocessing_json());
  }
  void write(const std::string& preprocessing_json) {
    std::vector<at::Tensor> weights;
    for (const NamedTensor& named : classifier_.parameters()) weights.push_back(named.tensor.detach());
    for (const NamedTensor& named : classifier_.running_statistics()) weights.push_back(named.tensor);
    write_model_file(model_file(), 1, classifier_, weights,
                     {.model = classifier_.options(),
                      .precision = TrainPrecision::kFp32,
                      .bf16_arithmetic = Bf16Arithmetic::kF32,
                      .preprocessing_json = preprocessing_json,
                      .crop_px = 32,
                      .trained_json = "{}"});
  }
  std::filesystem::path model_file() const { return folder_ / "best.safetensors"; }

  test_support::TemporaryFolder folder_;
  Classifier classifier_;
  ScoredDataset dataset_;
};

TEST_F(EvaluatorTest, AModelFileScoresAsTheClassifierDidOnAnyNumberOfRanks) {
  const auto alone = make_loopback_communicator();
  const std::vector<SampleScore> wanted =
      score_samples(classifier_, Precision::kFp32, dataset_.samples, dataset_.all, *alone, {});
  const DatasetScores row = dataset_scores("base", dataset_.samples, dataset_.video_of, wanted);
  for (const int world : {1, 2}) {
    run_ranks(world, {}, [&](Communicator& group) {
      std::vector<int> percents;
      const auto probabilities = fake_probabilities(model_file(), dataset_.samples, group, {});
      ASSERT_EQ(probabilities.size(), wanted.size());
      for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_EQ(probabilities[i], wanted[i].fake_probability) << i;
      EXPECT_EQ(score_dataset(model_file(), "base", dataset_.samples, group, {},
                              [&](int percent) { percents.push_back(percent); }),
                row);
      EXPECT_EQ(percents, world == 1 ? std::vector({96, 100}) : std::vector({100}));  // 66 crops in batches of 64
    });
  }
}

TEST_F(EvaluatorTest, StoresOfAnotherPreparationAreRefusedByBothNames) {
  write(R"({"detector":"another"})");
  run_ranks(2, {}, [&](Communicator& group) {
    try {
      fake_probabilities(model_file(), dataset_.samples, group, {});
      ADD_FAILURE() << "scored";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData);
      const std::string text = error.what();
      for (const std::string& part : {model_file().string(), std::string("base/val.crops"), std::string("another")})
        EXPECT_NE(text.find(part), std::string::npos) << text;
    }
  });
}

}  // namespace
}  // namespace unmask
