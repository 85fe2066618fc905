#include "model/score/metrics.h"

#include <algorithm>
#include <numeric>

namespace unmask {
namespace {

/// Counts above each distinct threshold, from the highest score down: a point of the ROC curve each.
struct RocPoint {
  double false_positives = 0, true_positives = 0;
};

std::vector<RocPoint> roc_curve(std::span<const Scored> samples) {
  std::vector<std::size_t> order(samples.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return samples[a].score > samples[b].score; });
  std::vector<RocPoint> curve{{}};
  RocPoint point;
  for (std::size_t i = 0; i < order.size(); ++i) {
    (samples[order[i]].label != 0 ? point.true_positives : point.false_positives) += 1;
    const bool last_of_ties = i + 1 == order.size() || samples[order[i + 1]].score != samples[order[i]].score;
    if (last_of_ties) curve.push_back(point);
  }
  return curve;
}

double area_under(const std::vector<RocPoint>& curve, double reals, double fakes) {
  double twice_area = 0;  // in counts: whole numbers, so exact
  for (std::size_t i = 1; i < curve.size(); ++i) {
    twice_area += (curve[i].false_positives - curve[i - 1].false_positives) *
                  (curve[i].true_positives + curve[i - 1].true_positives);
  }
  return twice_area / 2 / (reals * fakes);
}

double equal_error_rate(const std::vector<RocPoint>& curve, double reals, double fakes) {
  for (std::size_t i = 1; i < curve.size(); ++i) {
    const double before = 1 - curve[i - 1].true_positives / fakes - curve[i - 1].false_positives / reals;
    const double after = 1 - curve[i].true_positives / fakes - curve[i].false_positives / reals;
    if (after > 0) continue;
    const double share = before / (before - after);  // before is above 0, or the loop had ended
    const double from = curve[i - 1].false_positives, to = curve[i].false_positives;
    return (from + (to - from) * share) / reals;
  }
  return 1;
}

double average_precision(const std::vector<RocPoint>& curve, double fakes) {
  double sum = 0;
  for (std::size_t i = 1; i < curve.size(); ++i) {
    const double recall_gain = (curve[i].true_positives - curve[i - 1].true_positives) / fakes;
    sum += recall_gain * curve[i].true_positives / (curve[i].true_positives + curve[i].false_positives);
  }
  return sum;
}

}  // namespace

DetectionMetrics detection_metrics(std::span<const Scored> samples) {
  DetectionMetrics metrics;
  double right_reals = 0, right_fakes = 0;
  for (const Scored& sample : samples) {
    const bool called_fake = sample.score > 0.5;
    ++metrics.count;
    if (sample.label != 0) {
      ++metrics.fakes;
      right_fakes += called_fake ? 1 : 0;
    } else {
      right_reals += called_fake ? 0 : 1;
    }
  }
  if (metrics.count == 0) return metrics;
  const double fakes = static_cast<double>(metrics.fakes), reals = static_cast<double>(metrics.count) - fakes;
  metrics.accuracy = (right_reals + right_fakes) / static_cast<double>(metrics.count);
  if (fakes == 0 || reals == 0) return metrics;
  metrics.balanced_accuracy = (right_reals / reals + right_fakes / fakes) / 2;
  const std::vector<RocPoint> curve = roc_curve(samples);
  metrics.auc = area_under(curve, reals, fakes);
  metrics.eer = equal_error_rate(curve, reals, fakes);
  metrics.average_precision = average_precision(curve, fakes);
  return metrics;
}

std::vector<Scored> video_scores(std::span<const Scored> frames, std::span<const std::uint32_t> video_of) {
  std::vector<Scored> videos;
  std::vector<double> counts;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (video_of[i] >= videos.size()) {
      videos.resize(video_of[i] + 1);
      counts.resize(video_of[i] + 1);
    }
    videos[video_of[i]].label = frames[i].label;
    videos[video_of[i]].score += frames[i].score;
    counts[video_of[i]] += 1;
  }
  for (std::size_t i = 0; i < videos.size(); ++i) videos[i].score /= counts[i];
  return videos;
}

}  // namespace unmask
