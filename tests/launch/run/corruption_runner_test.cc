// On 1 and 2 ranks; the whole program: ../corrupt.py.
#include "launch/run/corruption_runner.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "data/store/crop_store_writer.h"
#include "launch/run/joined_scores.h"
#include "model/score/crop_scorer.h"
#include "tests/data/crops_builder.h"
#include "tests/model/drawn_model.h"
#include "tests/support/mpi_world.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

constexpr int kPx = 32;

/// A store of five videos of three frames and a model, that all ranks see.
class CorruptionRunnerTest : public testing::Test {
 protected:
  CorruptionRunnerTest() : session_(&mpi_runtime()) {
    if (session_.rank() == 0) folder_ = std::make_unique<test_support::TemporaryFolder>();
    root_ = session_.on_root([&] { return folder_->path().native(); });
    if (session_.rank() == 0) {
      CropStoreWriter writer(store(), kPx, CropEncoding::kRaw, "{}");
      for (std::uint32_t row = 0; row < 15; ++row) {
        FrameInfo frame;
        frame.label = row / 3 % 2;
        frame.dataset = "base", frame.method = frame.label != 0 ? "swap" : "real";
        frame.video = frame.target_identity = "v" + std::to_string(row / 3);
        frame.frame = row % 3;
        frame.box = {0, 0, kPx, kPx};
        if (row == 4) frame.status = FrameStatus::kNoFace;
        writer.append(frame, row == 4 ? std::vector<std::uint8_t>() : test::smooth_crop(kPx, row));
      }
      writer.finish();
      write_drawn_model(model(), "{}", kPx);
    }
    session_.world().barrier();
  }
  ~CorruptionRunnerTest() override {
    session_.world().barrier();
    session_.close();
  }
  std::filesystem::path store() const { return std::filesystem::path(root_) / "a.crops"; }
  std::filesystem::path model() const { return std::filesystem::path(root_) / "m.safetensors"; }
  static CorruptOptions options() {
    return {.corruptions = {{CorruptionKind::kNoise, 3, 0.1}, {CorruptionKind::kH264, 4, 40}}};
  }
  CorruptedScores scores_on(Session& session) {
    const std::vector<std::filesystem::path> stores = {store()};
    RankWatch watch(session, 60);
    CorruptedScores scores = score_corrupted(model(), SampleList(stores), options(), {}, session, watch);
    watch.close();
    return scores;
  }

  Session session_;
  std::unique_ptr<test_support::TemporaryFolder> folder_;
  std::string root_;
};

TEST_F(CorruptionRunnerTest, ScoresAreThoseOfOneRankAlone) {
  const CorruptedScores together = scores_on(session_);
  Session alone(nullptr);
  EXPECT_EQ(together, scores_on(alone));
  ASSERT_EQ(together.size(), 2u);
  for (const auto& of_corruption : together) {
    ASSERT_EQ(of_corruption.size(), 14u);
    for (const std::optional<double>& score : of_corruption) EXPECT_TRUE(score && std::isfinite(*score));
  }
  EXPECT_NE(together[0], together[1]);
}

TEST_F(CorruptionRunnerTest, EachScoreIsThatOfItsCorruptedCrop) {
  const CorruptedScores scores = scores_on(session_);
  const CropStore crops(store());
  VideoCorrupter corrupter(options(), "{}");
  CropScorer scorer(model(), {});
  const std::vector<std::uint32_t> second_video = {3, 4, 5};  // samples 3 and 4: row 4 has no crop
  corrupter.corrupt(crops, second_video, [&](const CorruptedFaces& faces) {
    const std::vector<std::span<const std::uint8_t>> both(faces.crops.begin(), faces.crops.end());
    const std::vector<double> wanted = scorer.score(both);
    ASSERT_EQ(wanted.size(), 2u);
    EXPECT_EQ(scores.at(faces.corruption).at(3), wanted[0]);
    EXPECT_EQ(scores.at(faces.corruption).at(4), wanted[1]);
  });
}

TEST_F(CorruptionRunnerTest, TheMatrixCountsFramesThatHadAFaceAndHaveOneStill) {
  const std::vector<std::filesystem::path> stores = {store()};
  const SampleList samples(stores);
  const auto frames = join_scores(samples, std::vector<double>(samples.size(), 0.5));
  CorruptedScores scores(2, std::vector<std::optional<double>>(samples.size(), 0.25));
  scores[1][0].reset();
  const CorruptionMatrix matrix = corruption_matrix("d", options(), frames, scores, {});
  EXPECT_FALSE(matrix.on_sources);
  ASSERT_EQ(matrix.scores.size(), 3u);
  for (const CorruptionScores& each : matrix.scores) {
    EXPECT_EQ(each.rows.at(0).frames, 14);
    EXPECT_EQ(each.rows.at(0).crops, each.corruption == "h264" ? 13 : 14);
  }
  EXPECT_EQ(matrix.scores[0].corruption, kClean);
  EXPECT_EQ(matrix.scores[2].parameter, "crf");
  EXPECT_EQ(matrix.scores[2].value, 40);
}

}  // namespace
}  // namespace unmask
