#include "model/score/metrics.h"

#include <algorithm>
#include <numeric>

namespace unmask {
namespace {

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

/// Share of fakes found where at most `rate` of the reals is.
double found_at(const std::vector<RocPoint>& curve, double reals, double fakes, double rate) {
  double found = 0;
  for (const RocPoint& point : curve) {
    if (point.false_positives > rate * reals * (1 + 1e-12)) break;
    found = point.true_positives;
  }
  return found / fakes;
}

}  // namespace

DetectionMetrics detection_metrics(std::span<const Scored> samples) {
  const double once = 1;
  return RankedSamples(samples, std::vector<std::uint32_t>(samples.size())).metrics(std::span(&once, 1));
}

RankedSamples::RankedSamples(std::span<const Scored> samples, std::span<const std::uint32_t> group_of) {
  std::vector<std::size_t> order(samples.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return samples[a].score > samples[b].score; });
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Scored& sample = samples[order[i]];
    const bool last_of_ties = i + 1 == order.size() || samples[order[i + 1]].score != sample.score;
    samples_.push_back({group_of[order[i]], sample.label != 0, sample.score > 0.5, last_of_ties});
  }
}

DetectionMetrics RankedSamples::metrics(std::span<const double> weights) {
  RocPoint point, right;  // right: reals and fakes that are called so
  curve_.assign(1, point);
  for (const Ranked& sample : samples_) {
    const double weight = weights[sample.group];
    (sample.fake ? point.true_positives : point.false_positives) += weight;
    if (sample.fake == sample.called_fake) (sample.fake ? right.true_positives : right.false_positives) += weight;
    const RocPoint& last = curve_.back();
    const bool moved = point.true_positives != last.true_positives || point.false_positives != last.false_positives;
    if (sample.last_of_ties && moved) curve_.push_back(point);
  }
  const double fakes = point.true_positives, reals = point.false_positives;
  DetectionMetrics metrics;
  metrics.count = static_cast<std::int64_t>(fakes + reals);
  metrics.fakes = static_cast<std::int64_t>(fakes);
  if (metrics.count == 0) return metrics;
  metrics.accuracy = (right.false_positives + right.true_positives) / (fakes + reals);
  if (fakes == 0 || reals == 0) return metrics;
  metrics.balanced_accuracy = (right.false_positives / reals + right.true_positives / fakes) / 2;
  metrics.auc = area_under(curve_, reals, fakes);
  metrics.eer = equal_error_rate(curve_, reals, fakes);
  metrics.average_precision = average_precision(curve_, fakes);
  metrics.tpr_at_fpr_1 = found_at(curve_, reals, fakes, 0.01);
  metrics.tpr_at_fpr_5 = found_at(curve_, reals, fakes, 0.05);
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
