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

/// Two stores of videos of three frames, a real and a fake one of each name, and a model, that all ranks see.
class CorruptionRunnerTest : public testing::Test {
 protected:
  CorruptionRunnerTest() : session_(&mpi_runtime()) {
    if (session_.rank() == 0) folder_ = std::make_unique<test_support::TemporaryFolder>();
    root_ = session_.on_root([&] { return folder_->path().native(); });
    if (session_.rank() == 0) {
      write_store(store(), 15, 0);
      write_store(later_store(), 6, 100);
      write_drawn_model(model(), "{}", kPx);
    }
    session_.world().barrier();
  }
  ~CorruptionRunnerTest() override {
    session_.world().barrier();
    session_.close();
  }
  /// Row 4 has no face.
  static void write_store(const std::filesystem::path& file, std::uint32_t rows, std::uint32_t first_picture) {
    CropStoreWriter writer(file, kPx, CropEncoding::kRaw, "{}");
    for (std::uint32_t row = 0; row < rows; ++row) {
      FrameInfo frame;
      frame.label = row / 3 % 2;
      frame.dataset = "base", frame.method = frame.label != 0 ? "swap" : "real";
      frame.video = frame.target_identity = "v" + std::to_string(row / 6);
      frame.frame = row % 3;
      frame.box = {0, 0, kPx, kPx};
      if (row == 4) frame.status = FrameStatus::kNoFace;
      writer.append(frame, row == 4 ? std::vector<std::uint8_t>() : test::smooth_crop(kPx, first_picture + row));
    }
    writer.finish();
  }
  std::filesystem::path store() const { return std::filesystem::path(root_) / "a.crops"; }
  std::filesystem::path later_store() const { return std::filesystem::path(root_) / "b.crops"; }
  std::vector<std::filesystem::path> stores() const { return {store(), later_store()}; }
  std::filesystem::path model() const { return std::filesystem::path(root_) / "m.safetensors"; }
  static CorruptOptions options() {
    return {.corruptions = {{CorruptionKind::kNoise, 3, 0.1}, {CorruptionKind::kH264, 4, 40}}};
  }
  CorruptedScores scores_on(Session& session) {
    RankWatch watch(session, 60);
    CorruptedScores scores = score_corrupted(model(), SampleList(stores()), options(), {}, session, watch);
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
    ASSERT_EQ(of_corruption.size(), 19u);
    for (const std::optional<double>& score : of_corruption) EXPECT_TRUE(score && std::isfinite(*score));
  }
  EXPECT_NE(together[0], together[1]);
}

// Of a name there are several videos: another method's, another store's.
TEST_F(CorruptionRunnerTest, EachScoreIsThatOfItsCorruptedCrop) {
  const CorruptedScores scores = scores_on(session_);
  VideoCorrupter corrupter(options(), "{}");
  CropScorer scorer(model(), {});
  const auto expect_video = [&](const std::filesystem::path& file, const std::vector<std::uint32_t>& rows,
                                const std::vector<std::uint32_t>& samples) {
    corrupter.corrupt(CropStore(file), rows, [&](const CorruptedFaces& faces) {
      const std::vector<std::span<const std::uint8_t>> crops(faces.crops.begin(), faces.crops.end());
      const std::vector<double> wanted = scorer.score(crops);
      ASSERT_EQ(wanted.size(), samples.size());
      for (std::size_t i = 0; i < samples.size(); ++i)
        EXPECT_EQ(scores.at(faces.corruption).at(samples[i]), wanted[i]) << file << ", sample " << samples[i];
    });
  };
  expect_video(store(), {0, 1, 2}, {0, 1, 2});
  expect_video(store(), {3, 4, 5}, {3, 4});  // row 4 has no crop
  expect_video(later_store(), {0, 1, 2}, {14, 15, 16});
}

TEST_F(CorruptionRunnerTest, TheMatrixCountsFramesThatHadAFaceAndHaveOneStill) {
  const SampleList samples(stores());
  const auto frames = join_scores(samples, std::vector<double>(samples.size(), 0.5));
  CorruptedScores scores(2, std::vector<std::optional<double>>(samples.size(), 0.25));
  scores[1][0].reset();
  const CorruptionMatrix matrix = corruption_matrix("d", options(), frames, scores, {});
  EXPECT_FALSE(matrix.on_sources);
  ASSERT_EQ(matrix.scores.size(), 3u);
  for (const CorruptionScores& each : matrix.scores) {
    EXPECT_EQ(each.rows.at(0).frames, 19);
    EXPECT_EQ(each.rows.at(0).crops, each.corruption == "h264" ? 18 : 19);
  }
  EXPECT_EQ(matrix.scores[0].corruption, kClean);
  EXPECT_EQ(matrix.scores[1].corruption, "noise");
  EXPECT_EQ(matrix.scores[1].strength, 3);
  EXPECT_EQ(matrix.scores[2].strength, 4);
  EXPECT_EQ(matrix.scores[2].parameter, "crf");
  EXPECT_EQ(matrix.scores[2].value, 40);
  CorruptOptions on_sources = options();
  on_sources.sources = {root_};
  const CorruptionMatrix subset = corruption_matrix("d", on_sources, frames, scores, {parse_subset("late=v2")});
  EXPECT_TRUE(subset.on_sources);
  EXPECT_EQ(subset.model_digest, "d");
  for (const CorruptionScores& each : subset.scores) EXPECT_EQ(each.rows.back().group, "late") << each.corruption;
}

}  // namespace
}  // namespace unmask
