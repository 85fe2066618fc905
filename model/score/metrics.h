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

/// Counts above a threshold: a point of the ROC curve.
struct RocPoint {
  double false_positives = 0, true_positives = 0;
};

struct DetectionMetrics {
  std::int64_t count = 0, fakes = 0;
  double accuracy = 0;                      // at threshold 0.5; score > 0.5 is fake
  std::optional<double> balanced_accuracy;  // mean of the classes' recalls; the original work printed this as AUC
  std::optional<double> auc;                // area under ROC, ties count half; empty with one class
  std::optional<double> eer;  // where false positive and false negative rates meet, interpolated on the ROC
  std::optional<double> average_precision;  // scikit-learn's average_precision_score
  // Share of fakes found at a threshold that at most this share of reals is above; nothing is interpolated.
  std::optional<double> tpr_at_fpr_1, tpr_at_fpr_5;
};

DetectionMetrics detection_metrics(std::span<const Scored> samples);

/// Samples in order of their scores, for the metrics of many weightings of them: a resample costs no sort.
///
///   RankedSamples ranked(videos, clusters.of);
///   ranked.metrics(times_drawn).auc;  // each video as often as its cluster was drawn
class RankedSamples {
 public:
  /// `group_of[i]`: the group that sample i is weighed with.
  RankedSamples(std::span<const Scored> samples, std::span<const std::uint32_t> group_of);
  /// `weights`: one a group, whole numbers. Counts are sums of weights.
  DetectionMetrics metrics(std::span<const double> weights);

 private:
  struct Ranked {
    std::uint32_t group;
    bool fake, called_fake, last_of_ties;
  };
  std::vector<Ranked> samples_;  // from the highest score down
  std::vector<RocPoint> curve_;  // of the last weights
};

/// Mean score of the frames of each video. `video_of[i]` is a dense index; label is the frames' label.
std::vector<Scored> video_scores(std::span<const Scored> frames, std::span<const std::uint32_t> video_of);

}  // namespace unmask
