// Shortcuts: how well features that know nothing of fakes tell the labels of a dataset's videos. A detector trained on
// it may learn them instead.
//
//   for (const ShortcutProbe& probe : probe_shortcuts(videos)) std::cout << probe.group << " " << *probe.auc << "\n";
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/audit/logistic_fit.h"

namespace unmask {

/// A video with the means of its crops' features, by probe_groups(); NaN where none is known.
struct ProbedVideo {
  std::string name;  // unique
  std::uint8_t label = 0;
  FeatureRow features;
};

/// Features that are tried together: columns of ProbedVideo::features.
struct ProbeGroup {
  std::string name;
  std::vector<std::size_t> columns;
};

struct ShortcutProbe {
  std::string dataset, group;
  std::int64_t real = 0, fake = 0;       // videos
  std::optional<double> auc, low, high;  // of videos; nothing where too few are there, or nothing is known of them
};

constexpr std::size_t kProbeFolds = 5;

/// For each group a logistic regression on the videos' features, with squares and products where they are few: fitted
/// on four fifths of the videos, scored on the last, five times; the area under the ROC of all scores, and the 95%
/// interval of a bootstrap over videos. A function of the videos as a set.
std::vector<ShortcutProbe> probe_shortcuts(std::vector<ProbedVideo> videos, std::span<const ProbeGroup> groups);

/// Area under the ROC, ties count half. `times`: how often each video counts. REQUIRES: both labels.
double weighted_auc(std::span<const double> scores, std::span<const std::uint8_t> labels,
                    std::span<const std::uint32_t> times);

}  // namespace unmask
