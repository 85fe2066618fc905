#include "model/score/calibration.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/number_text.h"
#include "model/score/calibration_measures.h"
#include "model/score/logistic_line.h"
#include "model/score/optional_json.h"

namespace unmask {
namespace {

constexpr std::array kRates = {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2};
constexpr double kRealsNeeded = 3;  // rule of three: of 3 / fpr real videos none above still allows fpr

double prior_logit(const Calibration& calibration) {
  return std::log(static_cast<double>(calibration.fakes)) - std::log(static_cast<double>(calibration.reals));
}

void measure(Calibration& calibration, std::span<const Scored> videos, const Clusters& clusters) {
  std::vector<double> before, after, llr_before, llr_after;
  for (const Scored& video : videos) {
    before.push_back(video.score);
    after.push_back(calibrated_probability(calibration, video.score));
    llr_before.push_back(logit(video.score) - prior_logit(calibration));
    llr_after.push_back(log_likelihood_ratio(calibration, video.score));
  }
  const CalibrationError error_before(videos, before, clusters), error_after(videos, after, clusters);
  const RatioCost cost_before(videos, llr_before, clusters), cost_after(videos, llr_after, clusters);
  const auto statistic = [&](std::span<const double> times, std::span<double> values) {
    values[0] = error_before.of(times);
    values[1] = error_after.of(times);
    values[2] = cost_before.of(times);
    values[3] = cost_after.of(times);
  };
  std::array<double, 4> values{};
  statistic(std::vector<double>(clusters.count, 1), values);
  const auto drawn = resampled(clusters, values.size(), statistic);
  calibration.ece = {values[0], values[1], calibration_error_interval(values[0], drawn[0]),
                     calibration_error_interval(values[1], drawn[1])};
  calibration.cllr = {values[2], values[3], percentile_interval(drawn[2]), percentile_interval(drawn[3])};
}

void find_thresholds(Calibration& calibration, std::span<const Scored> videos) {
  std::vector<double> reals, fakes;
  for (const Scored& video : videos) (video.label != 0 ? fakes : reals).push_back(video.score);
  std::sort(reals.begin(), reals.end(), std::greater<>());
  const auto n = static_cast<double>(reals.size());
  for (const double rate : kRates) {
    if (n * rate < kRealsNeeded * (1 - 1e-12)) continue;
    const double score = reals[static_cast<std::size_t>(rate * n * (1 + 1e-12))];  // so many may lie above it
    const auto above = [&](double each) { return each > score; };
    const auto wrong = std::ranges::count_if(reals, above), found = std::ranges::count_if(fakes, above);
    calibration.thresholds.push_back({rate, score, log_likelihood_ratio(calibration, score),
                                      static_cast<double>(wrong) / n, upper_bound_95(wrong, calibration.reals),
                                      static_cast<double>(found) / static_cast<double>(fakes.size())});
  }
}

nlohmann::ordered_json json_of(const BeforeAfter& measure) {
  return {{"before", measure.before},
          {"before_interval", json_or_null(measure.before_interval)},
          {"after", measure.after},
          {"after_interval", json_or_null(measure.after_interval)}};
}

BeforeAfter before_after(const nlohmann::json& json) {
  return {json.at("before").get<double>(), json.at("after").get<double>(),
          optional_interval(json.at("before_interval")), optional_interval(json.at("after_interval"))};
}

}  // namespace

Calibration fit_calibration(std::span<const Scored> videos, const Clusters& clusters, const std::string& fitted_on) {
  Calibration calibration;
  calibration.fitted_on = fitted_on;
  calibration.clusters = clusters.count;
  for (const Scored& video : videos) (video.label != 0 ? calibration.fakes : calibration.reals) += 1;
  if (calibration.reals == 0 || calibration.fakes == 0) {
    throw Error(ErrorKind::kData, "calibration wants real and fake videos, and there are " +
                                      std::to_string(calibration.reals) + " real and " +
                                      std::to_string(calibration.fakes) + " fake ones with a face");
  }
  std::vector<double> logits;
  std::vector<std::uint8_t> labels;
  for (const Scored& video : videos) {
    logits.push_back(logit(video.score));
    labels.push_back(video.label);
  }
  const LogisticLine line = fit_logistic_line(logits, labels);
  if (!(line.slope > 1e-6)) {
    throw Error(ErrorKind::kData,
                "the scores of the " + std::to_string(videos.size()) +
                    " videos to calibrate on are not higher for fakes: there is nothing to calibrate");
  }
  calibration.temperature = 1 / line.slope;
  calibration.shift = line.offset;
  measure(calibration, videos, clusters);
  find_thresholds(calibration, videos);
  return calibration;
}

double calibrated_probability(const Calibration& calibration, double score) {
  return sigmoid(logit(score) / calibration.temperature + calibration.shift);
}

double log_likelihood_ratio(const Calibration& calibration, double score) {
  return logit(score) / calibration.temperature + calibration.shift - prior_logit(calibration);
}

double probability_at_prior(double llr, double prior) { return sigmoid(llr + std::log(prior) - std::log1p(-prior)); }

const FalsePositiveThreshold& threshold_for(const Calibration& calibration, double fpr) {
  const auto found = std::ranges::find_if(calibration.thresholds, [&](const FalsePositiveThreshold& threshold) {
    return std::abs(threshold.fpr - fpr) <= 1e-9 * threshold.fpr;
  });
  if (found != calibration.thresholds.end()) return *found;
  std::string rates;
  for (const FalsePositiveThreshold& each : calibration.thresholds)
    rates += (rates.empty() ? "" : ", ") + number_text(each.fpr);
  if (rates.empty()) rates = "none";
  const std::string reals = std::to_string(calibration.reals);
  if (fpr > 0 && static_cast<double>(calibration.reals) * fpr < kRealsNeeded * (1 - 1e-12)) {
    const auto needed = static_cast<std::int64_t>(std::ceil(kRealsNeeded / fpr * (1 - 1e-12)));
    throw Error(ErrorKind::kUsage, "a false-positive rate of " + number_text(fpr) + " takes " + std::to_string(needed) +
                                       " real videos to calibrate on (3 / rate), and this "
                                       "model had " +
                                       reals + "; rates that they support: " + rates);
  }
  throw Error(ErrorKind::kUsage, "the model has no threshold for a false-positive rate of " + number_text(fpr) +
                                     "; those that it has: " + rates);
}

double upper_bound_95(std::int64_t found, std::int64_t n) {
  if (found >= n) return 1;
  const auto count = static_cast<double>(n);
  double low = static_cast<double>(found) / count, high = 1;
  for (int round = 0; round < 60; ++round) {
    const double share = (low + high) / 2;
    double term = count * std::log1p(-share), sum = std::exp(term);  // of the binomial distribution, from 0 up
    for (std::int64_t i = 1; i <= found; ++i) {
      term += std::log((count - static_cast<double>(i) + 1) / static_cast<double>(i)) + std::log(share) -
              std::log1p(-share);
      sum += std::exp(term);
    }
    (sum > 0.05 ? low : high) = share;
  }
  return (low + high) / 2;
}

std::string to_json(const Calibration& calibration) {
  nlohmann::ordered_json json = {{"format", kCalibrationFormat},      {"fitted_on", calibration.fitted_on},
                                 {"reals", calibration.reals},        {"fakes", calibration.fakes},
                                 {"clusters", calibration.clusters},  {"temperature", calibration.temperature},
                                 {"shift", calibration.shift},        {"ece", json_of(calibration.ece)},
                                 {"cllr", json_of(calibration.cllr)}, {"thresholds", nlohmann::ordered_json::array()}};
  for (const FalsePositiveThreshold& each : calibration.thresholds) {
    json["thresholds"].push_back({{"fpr", each.fpr},
                                  {"score", each.score},
                                  {"llr", each.llr},
                                  {"measured", each.measured},
                                  {"upper", each.upper},
                                  {"fakes_found", each.fakes_found}});
  }
  for (const CalibratedDataset& each : calibration.datasets) {
    json["datasets"].push_back({{"dataset", each.dataset},
                                {"videos", each.videos},
                                {"clusters", each.clusters},
                                {"auc", json_or_null(each.auc)},
                                {"interval", json_or_null(each.interval)}});
  }
  return json.dump();
}

Calibration calibration_from_json(const std::string& text) {
  try {
    const nlohmann::json json = nlohmann::json::parse(text);
    if (json.at("format") != kCalibrationFormat)
      throw Error(ErrorKind::kData, "format is " + json.at("format").dump() + ", wanted " + kCalibrationFormat);
    Calibration calibration{json.at("fitted_on").get<std::string>(),
                            json.at("reals").get<std::int64_t>(),
                            json.at("fakes").get<std::int64_t>(),
                            json.at("clusters").get<std::int64_t>(),
                            json.at("temperature").get<double>(),
                            json.at("shift").get<double>(),
                            before_after(json.at("ece")),
                            before_after(json.at("cllr")),
                            {}};
    for (const nlohmann::json& each : json.at("thresholds")) {
      calibration.thresholds.push_back({each.at("fpr").get<double>(), each.at("score").get<double>(),
                                        each.at("llr").get<double>(), each.at("measured").get<double>(),
                                        each.at("upper").get<double>(), each.at("fakes_found").get<double>()});
    }
    for (const nlohmann::json& each : json.value("datasets", nlohmann::json::array())) {
      calibration.datasets.push_back({each.at("dataset").get<std::string>(), each.at("videos").get<std::int64_t>(),
                                      each.at("clusters").get<std::int64_t>(), optional_number(each.at("auc")),
                                      optional_interval(each.at("interval"))});
    }
    if (!(calibration.temperature > 0) || calibration.reals < 1 || calibration.fakes < 1)
      throw Error(ErrorKind::kData, "wanted a temperature above 0, and real and fake videos");
    return calibration;
  } catch (const std::exception& error) {
    throw Error(ErrorKind::kData, std::string("the model's calibration is damaged: ") + error.what());
  }
}

}  // namespace unmask
