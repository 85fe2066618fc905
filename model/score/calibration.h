// What a video's score is worth: from the mean of its frames' fake probabilities to a probability, a log-likelihood
// ratio and thresholds of stated false-positive rates. Fitted on videos that the model wasn't trained on, kept as text
// in its file (ModelFileInfo::calibration_json). Pure; in double, in the order of the videos.
//
//   const Calibration calibration = fit_calibration(videos, identity_clusters(identities), "calibration");
//   info.calibration_json = to_json(calibration);
//   …
//   const Calibration calibration = calibration_from_json(info.calibration_json);
//   const double llr = log_likelihood_ratio(calibration, score);  // > 0 speaks for a fake, natural logarithm
//   const double probability = probability_at_prior(llr, 0.01);   // where one video in a hundred is a fake
//   if (score > threshold_for(calibration, 0.01).score) …         // one real video in a hundred is called a fake
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/score/bootstrap.h"
#include "model/score/metrics.h"

namespace unmask {

inline constexpr char kCalibrationFormat[] = "unmask.calibration.1";

/// A measure before (the mean fake probability as it is) and after calibration, on the videos that it was fitted on.
struct BeforeAfter {
  double before = 0, after = 0;
  std::optional<Interval> before_interval = {}, after_interval = {};
  bool operator==(const BeforeAfter&) const = default;
};

/// A video is called a fake where its score is above `score`.
struct FalsePositiveThreshold {
  double fpr = 0;          // wanted
  double score = 0;        // mean fake probability, as it is
  double llr = 0;          // of that score
  double measured = 0;     // share of real videos above it; at most fpr
  double upper = 0;        // its upper 95% bound (Clopper-Pearson, one-sided)
  double fakes_found = 0;  // share of fake videos above it
  bool operator==(const FalsePositiveThreshold&) const = default;
};

/// How well the model ranks one dataset's videos of the split that it was calibrated on.
struct CalibratedDataset {
  std::string dataset;
  std::int64_t videos = 0, clusters = 0;
  std::optional<double> auc = {};
  std::optional<Interval> interval = {};  // of auc
  bool operator==(const CalibratedDataset&) const = default;
};

/// calibrated = 1 / (1 + exp(-(logit(score) / temperature + shift))). The shift takes up what the model's training had
/// of another share of fakes than these videos; the share of these is then taken out again: llr = logit(calibrated) -
/// logit(fakes / (reals + fakes)), so that no prior is left in it.
struct Calibration {
  std::string fitted_on;  // "calibration", or kFittedOnVal
  std::int64_t reals = 0, fakes = 0, clusters = 0;
  double temperature = 1, shift = 0;
  BeforeAfter ece;                                 // expected calibration error, 15 bins of equal width
  BeforeAfter cllr;                                // bits; 1 is no better than the prior
  std::vector<FalsePositiveThreshold> thresholds;  // ascending by fpr; those that `reals` supports
  std::vector<CalibratedDataset> datasets = {};    // in the order trained on; may be empty
  bool operator==(const Calibration&) const = default;
};

inline constexpr char kFittedOnVal[] = "val, also selected on";

/// One score a video (video_scores). Both parameters by maximum likelihood, with Platt's targets (n + 1) / (n + 2) and
/// 1 / (n + 2) so that few or separate videos give no infinite trust; as scikit-learn's method "sigmoid" on logits.
/// THROWS Error(kData) where that can't be: one class, or scores that don't rise with fakes.
Calibration fit_calibration(std::span<const Scored> videos, const Clusters& clusters, const std::string& fitted_on);

/// Scores are held to [1e-7, 1 - 1e-7], which is about what f32 tells apart, and so are finite here.
double calibrated_probability(const Calibration& calibration, double score);
double log_likelihood_ratio(const Calibration& calibration, double score);
double probability_at_prior(double llr, double prior);

/// THROWS Error(kUsage) if there is none: fewer than 3 / fpr real videos, which can't tell the rate from zero, or not
/// one of the rates that are kept.
const FalsePositiveThreshold& threshold_for(const Calibration& calibration, double fpr);

/// Of `n` with `found`: the largest share that gives so few with 5% (Clopper-Pearson).
double upper_bound_95(std::int64_t found, std::int64_t n);

std::string to_json(const Calibration& calibration);
/// THROWS Error(kData).
Calibration calibration_from_json(const std::string& text);

}  // namespace unmask
