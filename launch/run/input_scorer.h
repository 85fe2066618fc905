// Scores the faces of loose pictures and videos: found and cropped as for the model's training. What they say of a
// person is judge()'s (model/score/verdict.h).
//
//   InputScorer scorer("RUN/chosen/model.safetensors", options);  // on each rank
//   JudgedInput input = scorer.score("clip.mp4", {});
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "data/prepare/input_preparer.h"
#include "model/score/crop_scorer.h"
#include "model/score/familiarity.h"
#include "model/score/verdict.h"

namespace unmask {

struct InputScorerOptions {
  FrameRule frames;  // of a video
  ScoreOptions model;
  std::string detector_model;  // where the model's detector is YuNet
  bool sandbox = true;
  bool pictures = false;  // of the faces that speak most for and against a fake, with where the model looks
  bool stream = false;    // faces are looked for as in a long video (data/prepare/input_preparer.h)
};

/// One rank alone. THREAD: one thread at a time.
class InputScorer {
 public:
  /// THROWS Error(kData) for a damaged model, and where crops can't be made here as its were; Error(kUsage) as
  /// make_face_detector().
  InputScorer(const std::filesystem::path& model_file, const InputScorerOptions& options);
  /// Not judged yet. A function of the file's bytes, the model and the options. Every fault of the file is in what it
  /// gives. `each` is called after each frame and while one is waited for, and may throw to stop. Crops are scored as
  /// they come, so that memory doesn't grow with them. THROWS Error(kFailed) if no decoder can be started.
  JudgedInput score(const std::filesystem::path& file, const std::function<void()>& each);

  const std::string& calibration_json() const { return scorer_.calibration_json(); }
  /// Nothing where the model has none.
  std::optional<FamiliarityLimits> limits() const;
  /// How its videos are decoded.
  DecoderOptions decoder() const { return preparer_.decoder(); }
  /// All that the model's file says of it.
  const std::map<std::string, std::string>& model_metadata() const { return metadata_; }

 private:
  /// `cuts`: of each of input.faces.
  void add_pictures(const std::filesystem::path& file, std::span<const CutFace> cuts, const std::function<void()>& each,
                    JudgedInput& input);

  InputScorerOptions options_;
  CropScorer scorer_;
  InputPreparer preparer_;
  std::map<std::string, std::string> metadata_;
  std::optional<FamiliarityLimits> limits_;
  std::optional<MahalanobisDistance> distance_;
};

}  // namespace unmask
