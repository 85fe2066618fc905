#include "data/audit/shortcut_probe.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <tuple>

#include "base/digest.h"
#include "base/philox.h"

namespace unmask {
namespace {

constexpr std::size_t kMostForProducts = 4;
constexpr std::uint32_t kResamples = 1000;
constexpr std::size_t kLow = 25, kHigh = 974;  // of the sorted resamples: 95% lie between

/// The group's columns; what isn't known is the mean of the others, and a column more tells that it isn't known.
/// Nothing where a column is known of no video.
std::vector<FeatureRow> columns_of(std::span<const ProbedVideo> videos, const ProbeGroup& group) {
  std::vector<FeatureRow> rows(videos.size());
  for (const std::size_t column : group.columns) {
    double sum = 0;
    std::size_t known = 0;
    for (const ProbedVideo& video : videos) {
      if (!std::isnan(video.features[column])) sum += video.features[column], ++known;
    }
    if (known == 0) return {};
    for (std::size_t i = 0; i < videos.size(); ++i) {
      const double value = videos[i].features[column];
      rows[i].push_back(std::isnan(value) ? sum / static_cast<double>(known) : value);
      if (known < videos.size()) rows[i].push_back(std::isnan(value) ? 1 : 0);
    }
  }
  return rows;
}

/// Dealt out by label in the order of the names' digests. REQUIRES: sorted videos.
std::vector<std::size_t> folds_of(std::span<const ProbedVideo> videos) {
  std::vector<std::size_t> order(videos.size()), folds(videos.size());
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::stable_sort(order, {},
                           [&](std::size_t i) { return std::pair(videos[i].label, digest64(videos[i].name)); });
  for (std::size_t i = 0; i < order.size(); ++i) folds[order[i]] = i % kProbeFolds;
  return folds;
}

std::vector<double> scores_of_others(std::span<const FeatureRow> rows, std::span<const std::uint8_t> labels,
                                     std::span<const std::size_t> folds) {
  const int degree = rows.front().size() <= kMostForProducts ? 2 : 1;
  std::vector<double> scores(rows.size());
  for (std::size_t fold = 0; fold < kProbeFolds; ++fold) {
    std::vector<FeatureRow> fitted;
    std::vector<std::uint8_t> fitted_labels;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (folds[i] != fold) fitted.push_back(rows[i]), fitted_labels.push_back(labels[i]);
    }
    const LogisticFit fit(fitted, fitted_labels, degree);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (folds[i] == fold) scores[i] = fit.score(rows[i]);
    }
  }
  return scores;
}

/// The area of videos drawn again and again, real from the real and fake from the fake ones.
void add_interval(std::span<const double> scores, std::span<const std::uint8_t> labels, ShortcutProbe& probe) {
  std::array<std::vector<std::uint32_t>, 2> of_label;
  for (std::uint32_t i = 0; i < labels.size(); ++i) of_label.at(labels[i]).push_back(i);
  std::vector<double> areas;
  for (std::uint32_t resample = 0; resample < kResamples; ++resample) {
    Draws draws(0, DrawFor::kAudit, resample);
    std::vector<std::uint32_t> times(labels.size(), 0);
    for (const auto& videos : of_label) {
      const auto count = static_cast<std::uint32_t>(videos.size());
      for (std::uint32_t i = 0; i < count; ++i) ++times[videos[draws.below(count)]];
    }
    areas.push_back(weighted_auc(scores, labels, times));
  }
  std::ranges::sort(areas);
  probe.low = areas[kLow], probe.high = areas[kHigh];
}

}  // namespace

double weighted_auc(std::span<const double> scores, std::span<const std::uint8_t> labels,
                    std::span<const std::uint32_t> times) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::sort(order, {}, [&](std::size_t i) { return scores[i]; });
  double real_below = 0, fakes = 0, wins = 0;
  for (std::size_t i = 0; i < order.size();) {
    std::array<double, 2> tied = {};
    const double score = scores[order[i]];
    for (; i < order.size() && scores[order[i]] == score; ++i) tied.at(labels[order[i]]) += times[order[i]];
    wins += tied[1] * (real_below + tied[0] / 2);
    real_below += tied[0], fakes += tied[1];
  }
  return wins / (real_below * fakes);
}

std::vector<ShortcutProbe> probe_shortcuts(std::vector<ProbedVideo> videos, std::span<const ProbeGroup> groups) {
  std::ranges::sort(videos, {}, &ProbedVideo::name);
  std::vector<std::uint8_t> labels;
  for (const ProbedVideo& video : videos) labels.push_back(video.label);
  const auto fakes = static_cast<std::size_t>(std::ranges::count(labels, 1));
  const bool are_enough = std::min(fakes, labels.size() - fakes) >= kProbeFolds;
  const std::vector<std::size_t> folds = folds_of(videos);
  std::vector<ShortcutProbe> probes;
  for (const ProbeGroup& group : groups) {
    ShortcutProbe probe;
    probe.group = group.name;
    probe.fake = static_cast<std::int64_t>(fakes), probe.real = static_cast<std::int64_t>(labels.size() - fakes);
    const std::vector<FeatureRow> rows = are_enough ? columns_of(videos, group) : std::vector<FeatureRow>();
    if (!rows.empty()) {
      const std::vector<double> scores = scores_of_others(rows, labels, folds);
      probe.auc = weighted_auc(scores, labels, std::vector<std::uint32_t>(labels.size(), 1));
      add_interval(scores, labels, probe);
    }
    probes.push_back(std::move(probe));
  }
  return probes;
}

}  // namespace unmask
