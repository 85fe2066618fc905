#include "data/audit/logistic_fit.h"

#include <cmath>

#include <opencv2/core.hpp>

namespace unmask {
namespace {

constexpr double kPenalty = 1;  // of half the weights' squares; the intercept has none
constexpr int kMostSteps = 100;
constexpr double kSmallStep = 1e-9;

double logistic(double x) { return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)); }
/// -log(logistic(x))
double loss_of(double x) { return x >= 0 ? std::log1p(std::exp(-x)) : std::log1p(std::exp(x)) - x; }

double odds(const FeatureRow& weights, const FeatureRow& row) {
  double sum = weights.back();
  for (std::size_t k = 0; k < row.size(); ++k) sum += weights[k] * row[k];
  return sum;
}

struct Problem {
  std::vector<FeatureRow> rows;
  std::span<const std::uint8_t> labels;

  double loss(const FeatureRow& weights) const {
    double sum = 0;
    for (std::size_t k = 0; k + 1 < weights.size(); ++k) sum += kPenalty / 2 * weights[k] * weights[k];
    for (std::size_t i = 0; i < rows.size(); ++i) sum += loss_of((labels[i] != 0 ? 1 : -1) * odds(weights, rows[i]));
    return sum;
  }

  /// Newton's step from `weights`.
  FeatureRow step(const FeatureRow& weights) const {
    const int size = static_cast<int>(weights.size());
    cv::Mat curvature = cv::Mat::zeros(size, size, CV_64F), slope = cv::Mat::zeros(size, 1, CV_64F), step;
    for (int k = 0; k + 1 < size; ++k) {
      curvature.at<double>(k, k) = kPenalty;
      slope.at<double>(k) = kPenalty * weights[static_cast<std::size_t>(k)];
    }
    const auto at = [&](const FeatureRow& row, int k) { return k + 1 < size ? row[static_cast<std::size_t>(k)] : 1.0; };
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const double chance = logistic(odds(weights, rows[i])), weight = chance * (1 - chance);
      for (int k = 0; k < size; ++k) {
        slope.at<double>(k) += (chance - (labels[i] != 0 ? 1 : 0)) * at(rows[i], k);
        for (int m = 0; m < size; ++m) curvature.at<double>(k, m) += weight * at(rows[i], k) * at(rows[i], m);
      }
    }
    cv::solve(curvature, slope, step, cv::DECOMP_CHOLESKY);
    return {step.begin<double>(), step.end<double>()};
  }

  FeatureRow solve() const {
    FeatureRow weights(rows.front().size() + 1, 0.0);
    double loss_here = loss(weights);
    for (int i = 0; i < kMostSteps; ++i) {
      const FeatureRow whole = step(weights);
      double largest = 0;
      for (const double value : whole) largest = std::max(largest, std::abs(value));
      FeatureRow next;
      double loss_there = 0;
      for (double share = 1; share > 1e-6; share /= 2) {  // a whole step may go too far
        next = weights;
        for (std::size_t k = 0; k < next.size(); ++k) next[k] -= share * whole[k];
        if ((loss_there = loss(next)) <= loss_here) break;
      }
      if (!(loss_there <= loss_here)) return weights;
      weights = std::move(next), loss_here = loss_there;
      if (largest < kSmallStep) break;
    }
    return weights;
  }
};

template <typename Change>
std::vector<FeatureRow> changed(std::span<const FeatureRow> rows, const Change& change) {
  std::vector<FeatureRow> made;
  for (const FeatureRow& row : rows) made.push_back(change(row));
  return made;
}

}  // namespace

LogisticFit::Scale::Scale(std::span<const FeatureRow> rows)
    : mean(rows.front().size(), 0.0), deviation(rows.front().size(), 0.0) {
  const auto count = static_cast<double>(rows.size());
  for (const FeatureRow& row : rows) {
    for (std::size_t k = 0; k < mean.size(); ++k) mean[k] += row[k] / count;
  }
  for (const FeatureRow& row : rows) {
    for (std::size_t k = 0; k < mean.size(); ++k) deviation[k] += (row[k] - mean[k]) * (row[k] - mean[k]) / count;
  }
  for (double& value : deviation) value = std::sqrt(value);
}

FeatureRow LogisticFit::Scale::of(const FeatureRow& row) const {
  FeatureRow scaled(row.size(), 0.0);
  for (std::size_t k = 0; k < row.size(); ++k) {
    if (deviation[k] > 1e-9 * (1 + std::abs(mean[k]))) scaled[k] = (row[k] - mean[k]) / deviation[k];
  }
  return scaled;
}

FeatureRow LogisticFit::products(const FeatureRow& row, int degree) {
  FeatureRow all = row;
  for (std::size_t k = 0; degree > 1 && k < row.size(); ++k) {
    for (std::size_t m = k; m < row.size(); ++m) all.push_back(row[k] * row[m]);
  }
  return all;
}

LogisticFit::LogisticFit(std::span<const FeatureRow> rows, std::span<const std::uint8_t> labels, int degree)
    : degree_(degree), first_(rows) {
  const std::vector<FeatureRow> with_products =
      changed(rows, [&](const FeatureRow& row) { return products(first_.of(row), degree_); });
  second_.emplace_back(with_products);
  const Problem problem{changed(with_products, [&](const FeatureRow& row) { return second_.front().of(row); }), labels};
  weights_ = problem.solve();
}

double LogisticFit::score(const FeatureRow& row) const {
  return odds(weights_, second_.front().of(products(first_.of(row), degree_)));
}

}  // namespace unmask
