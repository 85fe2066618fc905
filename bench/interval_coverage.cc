// How often intervals of 95%, upper bounds of thresholds and the limits of what is unlike the training data hold the
// truth, on simulated detectors and people whose truth is known; seeded, so the same numbers everywhere.
//   bench_interval_coverage [SETS [limits]]     100 simulated sets a line; only the last table
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/philox.h"
#include "model/score/calibration.h"
#include "model/score/familiarity.h"
#include "model/score/logistic_line.h"
#include "model/score/metric_intervals.h"

namespace unmask {
namespace {

constexpr double kGap = 1.8;  // between reals and fakes, of the detector's logits, whose deviation is 1.6

/// Who is in the videos: people with two real and two fake videos each, or pairs as FaceForensics++ has them, where
/// each of two people has a real video and each of four methods puts both onto the other.
enum class People { kAlone, kPairs };

struct VideoSet {
  std::vector<Scored> videos, again;  // again: by another detector, no better and no worse
  Clusters clusters;
};

double score_of(double logit) { return sigmoid(1.5 * logit - 1); }

/// A video is as hard as who is seen in it, and a little of its own, which both detectors meet.
void add_video(VideoSet& set, std::uint32_t cluster, bool fake, double own, Draws& draws) {
  const double seen = own + (fake ? kGap : 0) + 0.9 * draws.normal();
  const auto label = static_cast<std::uint8_t>(fake ? 1 : 0);
  set.videos.push_back({label, score_of(seen + 0.8 * draws.normal())});
  set.again.push_back({label, score_of(seen + 0.8 * draws.normal())});
  set.clusters.of.push_back(cluster);
}

VideoSet simulate(People people, std::uint32_t clusters, Draws& draws) {
  VideoSet set;
  set.clusters.count = clusters;
  for (std::uint32_t cluster = 0; cluster < clusters; ++cluster) {
    const double one = draws.normal(), other = draws.normal();
    if (people == People::kAlone) {
      for (int video = 0; video < 4; ++video) add_video(set, cluster, video % 2 == 1, one, draws);
      continue;
    }
    for (const double own : {one, other}) {
      add_video(set, cluster, false, own, draws);
      for (int method = 0; method < 4; ++method) add_video(set, cluster, true, own, draws);
    }
  }
  return set;
}

struct Held {
  int of = 0, held = 0;
  double width = 0;
  void add(const std::optional<Interval>& interval, double truth) {
    if (!interval) return;
    ++of;
    held += interval->low <= truth && truth <= interval->high ? 1 : 0;
    width += interval->high - interval->low;
  }
  std::string text() const {
    char line[64];
    if (of == 0) return "-";
    std::snprintf(line, sizeof line, "%.1f (%.3f)", 100.0 * held / of, width / of);
    return line;
  }
};

void print(const std::string& what, const std::vector<Held>& all) {
  std::printf("| %s |", what.c_str());
  for (const Held& held : all) std::printf(" %s |", held.text().c_str());
  std::printf("\n");
}

/// Of a detector's metrics, and of the difference of two that are equally good.
void metrics(People people, std::uint32_t clusters, int sets) {
  Draws all(1, DrawFor::kProbe, 0);
  const DetectionMetrics truth = detection_metrics(simulate(people, 400'000, all).videos);
  std::vector<Held> of_metrics(kMetrics.size()), of_differences(kMetrics.size());
  for (int number = 1; number <= sets; ++number) {
    Draws draws(1, DrawFor::kProbe, static_cast<std::uint32_t>(number), clusters);
    const VideoSet set = simulate(people, clusters, draws);
    const MetricIntervals ours = metric_intervals(set.videos, set.clusters.of, set.clusters);
    const MetricIntervals gap = difference_intervals(set.videos, set.again, set.clusters.of, set.clusters);
    for (std::size_t i = 0; i < kMetrics.size(); ++i) {
      of_metrics[i].add(ours.*kMetrics.at(i).interval, (truth.*kMetrics.at(i).value).value());
      of_differences[i].add(gap.*kMetrics.at(i).interval, 0);
    }
  }
  const std::string what = std::to_string(clusters) + (people == People::kAlone ? " people" : " pairs");
  print(what + ", metric", of_metrics);
  print(what + ", difference", of_differences);
}

/// The mean of log2(1 + exp(-llr)) over fakes and of log2(1 + exp(llr)) over reals, halved, and the calibration error,
/// where there are so many videos that neither has an error of its own.
BeforeAfter true_measures(const Calibration& calibration, const VideoSet& all) {
  std::array<double, 2> cost{}, count{};
  std::array<double, 15> gap{};
  for (const Scored& video : all.videos) {
    const double llr = log_likelihood_ratio(calibration, video.score);
    const double p = calibrated_probability(calibration, video.score);
    cost.at(video.label) += softplus(video.label != 0 ? -llr : llr) / std::log(2.0);
    count.at(video.label) += 1;
    gap.at(static_cast<std::size_t>(std::min(static_cast<int>(p * 15), 14))) += p - video.label;
  }
  double ece = 0;
  for (const double each : gap) ece += std::abs(each);
  return {ece / (count[0] + count[1]), (cost[0] / count[0] + cost[1] / count[1]) / 2, {}, {}};
}

/// Of the measures after calibration, fitted on the same videos; and how often a threshold's true rate of false alarms
/// is at most its upper bound.
void calibration(People people, std::uint32_t clusters, int sets) {
  Draws more(2, DrawFor::kProbe, 0);
  const VideoSet all = simulate(people, 20'000, more);
  Held ece, cllr, at_5, at_20;
  for (int number = 1; number <= sets; ++number) {
    Draws draws(2, DrawFor::kProbe, static_cast<std::uint32_t>(number), clusters);
    const VideoSet set = simulate(people, clusters, draws);
    const Calibration fitted = fit_calibration(set.videos, set.clusters, "calibration");
    const BeforeAfter truth = true_measures(fitted, all);
    ece.add(fitted.ece.after_interval, truth.before);
    cllr.add(fitted.cllr.after_interval, truth.after);
    for (auto& [rate, held] : {std::pair<double, Held*>{0.05, &at_5}, {0.2, &at_20}}) {
      for (const FalsePositiveThreshold& threshold : fitted.thresholds) {
        if (threshold.fpr != rate) continue;
        double above = 0, reals = 0;
        for (const Scored& video : all.videos) {
          reals += video.label == 0 ? 1 : 0;
          above += video.label == 0 && video.score > threshold.score ? 1 : 0;
        }
        held->add(Interval{0, threshold.upper}, above / reals);
      }
    }
  }
  print(std::to_string(clusters) + (people == People::kAlone ? " people" : " pairs"), {cllr, ece, at_5, at_20});
}

/// Features as a network's: not negative, of few causes, a face like its person's others.
class Faces {
 public:
  static constexpr std::size_t kSize = 512, kCauses = 40;
  Faces() {
    Draws draws(3, DrawFor::kProbe, 0);
    for (double& value : mix_) value = draws.normal() / std::sqrt(static_cast<double>(kCauses));
  }
  void add_person(int faces, Draws& draws, std::vector<float>& features) const {
    std::array<double, kCauses> person{}, face{};
    for (double& value : person) value = draws.normal();
    for (int number = 0; number < faces; ++number) {
      for (std::size_t i = 0; i < kCauses; ++i) face.at(i) = person.at(i) + 0.5 * draws.normal();
      for (std::size_t row = 0; row < kSize; ++row) {
        double sum = 0.3 * draws.normal();
        for (std::size_t i = 0; i < kCauses; ++i) sum += mix_[row * kCauses + i] * face.at(i);
        features.push_back(static_cast<float>(std::max(0.0, sum)));
      }
    }
  }

 private:
  std::vector<double> mix_ = std::vector<double>(kSize * kCauses);
};

/// What share of faces of other people lies beyond the limit, and of people whose median face does.
void familiarity(std::uint32_t people, int sets) {
  constexpr int kFaces = 10, kOthers = 200;
  const Faces faces;
  double beyond = 0, people_beyond = 0, largest = 0;
  for (int number = 1; number <= sets; ++number) {
    Draws draws(3, DrawFor::kProbe, static_cast<std::uint32_t>(number), people);
    std::vector<float> features, others;
    std::vector<std::uint32_t> fold_of;
    for (std::uint32_t person = 0; person < people; ++person) {
      faces.add_person(kFaces, draws, features);
      fold_of.insert(fold_of.end(), kFaces, person % kFamiliarityFolds);
    }
    const std::vector<double> sharpness(fold_of.size(), 1);
    const Familiarity fitted = fit_familiarity(features, Faces::kSize, sharpness, fold_of, "calibration");
    const MahalanobisDistance distance(fitted.gaussian);
    double here = 0;
    for (int person = 0; person < kOthers; ++person) {
      others.clear();
      faces.add_person(kFaces, draws, others);
      int far = 0;
      for (std::size_t face = 0; face < kFaces; ++face)
        far += distance.of(std::span(others).subspan(face * Faces::kSize, Faces::kSize)) > fitted.limits.distance;
      here += far;
      people_beyond += 2 * far > kFaces ? 1 : 0;
    }
    beyond += here;
    largest = std::max(largest, here);
  }
  std::printf("| %u people, %u faces | %.2f (%.2f) | %.2f |\n", people, people * kFaces,
              100 * beyond / (sets * kOthers * kFaces), 100 * largest / (kOthers * kFaces),
              100 * people_beyond / (sets * kOthers));
}

void intervals(int sets) {
  std::printf("%d sets a line; of 100 intervals so many hold the truth (their mean width)\n| |", sets);
  for (const MetricKind& metric : kMetrics) std::printf(" %s |", metric.name);
  std::printf("\n");
  for (const std::uint32_t clusters : {20u, 50u, 150u, 500u}) metrics(People::kAlone, clusters, sets);
  metrics(People::kPairs, 70, sets);
  std::printf("\n| | Cllr after | calibration error after | rate below its bound, at 5%% | at 20%% |\n");
  for (const std::uint32_t clusters : {50u, 150u, 500u}) calibration(People::kAlone, clusters, sets);
  calibration(People::kPairs, 70, sets);
}

}  // namespace
}  // namespace unmask

int main(int count, char** arguments) {
  using namespace unmask;
  const int sets = count > 1 ? std::max(1, std::atoi(arguments[1])) : 100;
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  if (count < 3) intervals(sets);
  std::printf("\n| calibrated on | of 100 faces of others unlike (in the worst set) | of 100 people |\n");
  for (const std::uint32_t people : {20u, 50u, 100u, 400u}) familiarity(people, std::max(1, sets / 10));
  return 0;
}
