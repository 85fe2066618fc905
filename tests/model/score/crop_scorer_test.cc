#include "model/score/crop_scorer.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "dist/loopback_communicator.h"
#include "model/score/scored_dataset.h"
#include "tests/model/drawn_model.h"
#include "tests/model/tiny_stores.h"

namespace unmask {
namespace {

TEST(CropScorerTest, CropsInMemoryHaveTheScoresThatTheyHaveInAStore) {
  const test_support::TemporaryFolder folder;
  make_tiny_stores(folder / "stores", {.px = 32, .train = 2, .val = 70});
  const ScoredDataset dataset = open_scored_dataset(folder / "stores", "base", Split::kVal);
  const std::string preprocessing = dataset.samples.store(0).preprocessing_json();
  write_drawn_model(folder / "best.safetensors", preprocessing, 32);

  std::vector<std::vector<std::uint8_t>> pixels;
  for (std::uint32_t i = 0; i < dataset.samples.size(); ++i) {
    pixels.emplace_back(32 * 32 * 3);
    dataset.samples.read(i, pixels.back());
  }
  const std::vector<std::span<const std::uint8_t>> crops(pixels.begin(), pixels.end());
  CropScorer scorer(folder / "best.safetensors", {});
  // The same batches of 64: the same bits.
  EXPECT_EQ(scorer.score(crops),
            fake_probabilities(folder / "best.safetensors", dataset.samples, *make_loopback_communicator(), {}));
  const CropLooks looks = scorer.look(crops);
  EXPECT_EQ(looks.scores, scorer.score(crops));
  ASSERT_EQ(scorer.feature_count(), 512u);
  EXPECT_EQ(looks.features.size(), crops.size() * 512);
  const HeatGrid heat = scorer.heat(crops[0], true);
  EXPECT_EQ(heat.columns, 1);
  EXPECT_EQ(heat.values.size(), 1u) << "32 px leave one place";
  EXPECT_EQ(scorer.preprocessing_json(), preprocessing);
  EXPECT_EQ(scorer.calibration_json(), "");
  EXPECT_TRUE(scorer.score({}).empty());
  EXPECT_THROW(scorer.score(std::vector{crops[0].first(3)}), Error);
  EXPECT_THROW(scorer.heat(crops[0].first(3), true), Error);
}

}  // namespace
}  // namespace unmask
