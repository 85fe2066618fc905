#include "report/detection_curves.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace unmask {
namespace {

constexpr double kShareApart = 0.004, kDeviateApart = 0.03;

/// About the normal deviate of a share, to a hundredth (Tocher's logistic one): only distances count here.
double deviate(double share) {
  const double held = std::clamp(share, 1e-6, 1 - 1e-6);
  return std::log(held / (1 - held)) / 1.702;
}

bool are_apart(double one, double other) {
  return std::abs(one - other) > kShareApart || std::abs(deviate(one) - deviate(other)) > kDeviateApart;
}

}  // namespace

std::vector<RocStep> roc_steps(std::span<const Scored> samples) {
  std::vector<Scored> sorted(samples.begin(), samples.end());
  std::ranges::sort(sorted, [](const Scored& a, const Scored& b) { return a.score > b.score; });
  const auto fakes =
      static_cast<double>(std::ranges::count_if(sorted, [](const Scored& one) { return one.label != 0; }));
  const double reals = static_cast<double>(sorted.size()) - fakes;
  if (fakes == 0 || reals == 0) return {};
  std::vector<RocStep> steps = {{0, 0, std::numeric_limits<double>::infinity()}};
  double wrong = 0, found = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    (sorted[i].label != 0 ? found : wrong) += 1;
    const bool last_of_ties = i + 1 == sorted.size() || sorted[i + 1].score != sorted[i].score;
    if (last_of_ties) steps.push_back({wrong / reals, found / fakes, sorted[i].score});
  }
  return steps;
}

std::vector<RocStep> thinned(std::span<const RocStep> steps) {
  std::vector<RocStep> kept;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    // A corner is kept with the step before it, so that the line between two kept ones runs along the steps.
    const bool far =
        kept.empty() || are_apart(steps[i].fpr, kept.back().fpr) || are_apart(steps[i].tpr, kept.back().tpr);
    if (far && !kept.empty() && kept.back().threshold != steps[i - 1].threshold) kept.push_back(steps[i - 1]);
    if (far || i + 1 == steps.size()) kept.push_back(steps[i]);
  }
  return kept;
}

std::vector<ReliabilityBin> reliability(std::span<const Scored> samples, int bins) {
  struct Sums {
    double score = 0;
    std::int64_t count = 0, fakes = 0;
  };
  std::vector<Sums> sums(static_cast<std::size_t>(bins));
  std::vector<double> edges;  // between two bins; who stands on one is in the lower, as scikit-learn has it
  for (int i = 1; i < bins; ++i) edges.push_back(i * (1.0 / bins));
  for (const Scored& sample : samples) {
    Sums& bin = sums[static_cast<std::size_t>(std::ranges::lower_bound(edges, sample.score) - edges.begin())];
    bin.score += sample.score;
    ++bin.count;
    bin.fakes += sample.label != 0 ? 1 : 0;
  }
  std::vector<ReliabilityBin> filled;
  for (const Sums& bin : sums) {
    if (bin.count == 0) continue;
    const auto n = static_cast<double>(bin.count);
    filled.push_back(
        {bin.score / n, static_cast<double>(bin.fakes) / n, bin.count, wilson_interval(bin.fakes, bin.count)});
  }
  return filled;
}

Interval wilson_interval(std::int64_t found, std::int64_t n) {
  constexpr double kZ = 1.959963984540054;
  const auto count = static_cast<double>(n);
  const double share = static_cast<double>(found) / count, spread = kZ * kZ / count;
  const double middle = (share + spread / 2) / (1 + spread);
  const double half = kZ / (1 + spread) * std::sqrt(share * (1 - share) / count + spread / (4 * count));
  return {std::max(0.0, middle - half), std::min(1.0, middle + half)};
}

}  // namespace unmask
