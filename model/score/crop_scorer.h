// Scores crops that lie in memory with a finished model file. No torch in this header.
//
//   CropScorer scorer(model_file, {.device = Device::kCpu});
//   const std::vector<double> fakes = scorer.score(crops);  // spans of u8 [px, px, 3]
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "model/score/evaluator.h"
#include "model/score/telling_faces.h"

namespace unmask {

/// What a model makes of crops, a row each in their order.
struct CropLooks {
  std::vector<double> scores;   // fake probabilities
  std::vector<float> features;  // what its head is given: feature_count values a row
};

/// One rank alone. THREAD: one thread at a time.
class CropScorer {
 public:
  static constexpr std::size_t kBatch = 64;  // crops that are scored together, as by Scorer
  /// THROWS Error(kData) as load_model_file().
  CropScorer(const std::filesystem::path& model_file, const ScoreOptions& options);
  ~CropScorer();
  /// Fake probability of each crop, RGB bytes [crop_px, crop_px, 3]: batches of kBatch in their order, so that the
  /// scores are a function of these crops. THROWS Error(kFailed) where one is not finite, or memory is short.
  std::vector<double> score(std::span<const std::span<const std::uint8_t>> crops);
  /// The same scores, with the features that they are made of.
  CropLooks look(std::span<const std::span<const std::uint8_t>> crops);
  std::size_t feature_count() const;
  /// Where in a crop the model sees a fake, or with `for_fake` false a real face (model/grad_cam.h).
  HeatGrid heat(std::span<const std::uint8_t> crop, bool for_fake);
  int crop_px() const;
  /// How the model's crops were made.
  const std::string& preprocessing_json() const;
  /// "": uncalibrated.
  const std::string& calibration_json() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace unmask
