// Scores of detectors: accuracy, balanced accuracy, AUC, EER, average precision; by frame and by video. Pure functions.
// Judged against scikit-learn in tests/model/score/metrics_test.cc.
//
//   const std::vector<Scored> frames = {{.label = 0, .score = 0.2}, {.label = 1, .score = 0.9}};
//   const DetectionMetrics by_frame = detection_metrics(frames);  // by_frame.auc == 1.0
//   const DetectionMetrics by_video = detection_metrics(video_scores(frames, video_of));
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace unmask {

/// A sample's truth and its fake probability in [0, 1].
struct Scored {
  std::uint8_t label = 0;  // 1 = fake
  double score = 0;
};

struct DetectionMetrics {
  std::int64_t count = 0, fakes = 0;
  double accuracy = 0;                      // at threshold 0.5; score > 0.5 is fake
  std::optional<double> balanced_accuracy;  // mean of the classes' recalls; the original work printed this as AUC
  std::optional<double> auc;                // area under ROC, ties count half; empty with one class
  std::optional<double> eer;  // where false positive and false negative rates meet, interpolated on the ROC
  std::optional<double> average_precision;  // scikit-learn's average_precision_score
};

DetectionMetrics detection_metrics(std::span<const Scored> samples);

/// Mean score of the frames of each video. `video_of[i]` is a dense index; label is the frames' label.
std::vector<Scored> video_scores(std::span<const Scored> frames, std::span<const std::uint32_t> video_of);

}  // namespace unmask
