// What the chosen model said of the frames that it was calibrated on, as the page shows it: curves by frame and by
// video, what its probabilities are worth, and whom it calls a fake at its threshold.
//
//   ChosenScores scores{.frames = frames_from_csv(text, file), .calibration = calibration};
//   run.scores_json = chosen_scores_json(scores);
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/score/calibration.h"
#include "model/score/evaluation.h"

namespace unmask {

struct ChosenScores {
  std::vector<EvaluatedFrame> frames;           // of one split, in the order of the stores
  std::optional<Calibration> calibration = {};  // nothing: uncalibrated, and the threshold is 0.5
};

/// The mean score above which a video is called a fake, as `unmask predict` takes it, and the rate that it stands for.
struct ChosenThreshold {
  double score = 0.5;
  std::optional<double> fpr = {};
};
ChosenThreshold chosen_threshold(const ChosenScores& scores);

/// A JSON object: "split", "threshold", "fpr"; "curves": by "dataset" ("" is all, where there are several) and "level",
/// with ROC steps by column; "reliability": of videos, before and after calibration; "confusion": by dataset and
/// method, "videos" and of these "called_fake".
std::string chosen_scores_json(const ChosenScores& scores);

}  // namespace unmask
