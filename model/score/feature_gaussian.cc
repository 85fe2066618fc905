#include "model/score/feature_gaussian.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace unmask {
namespace {

std::vector<double> mean_of(std::span<const float> features, std::size_t p) {
  std::vector<double> mean(p, 0.0);
  for (std::size_t i = 0; i < features.size(); ++i) mean[i % p] += features[i];
  for (double& value : mean) value /= static_cast<double>(features.size() / p);
  return mean;
}

/// Sums over the rows of what the shrinkage and the covariance are made of.
struct Scatter {
  std::vector<double> products;  // [p, p], the lower triangle: centred values of a row, each with each
  double fourth_powers = 0;      // of the rows' lengths
};

Scatter scatter_of(std::span<const float> features, const std::vector<double>& mean) {
  const std::size_t p = mean.size();
  Scatter scatter{std::vector<double>(p * p, 0.0)};
  std::vector<double> row(p);
  for (std::size_t first = 0; first < features.size(); first += p) {
    double length = 0;
    for (std::size_t i = 0; i < p; ++i) {
      row[i] = features[first + i] - mean[i];
      length += row[i] * row[i];
    }
    scatter.fourth_powers += length * length;
    for (std::size_t i = 0; i < p; ++i) {
      double* products = scatter.products.data() + i * p;
      for (std::size_t j = 0; j <= i; ++j) products[j] += row[i] * row[j];
    }
  }
  return scatter;
}

}  // namespace

FeatureGaussian fit_feature_gaussian(std::span<const float> features, std::size_t p) {
  const auto n = static_cast<double>(features.size() / p), size = static_cast<double>(p);
  FeatureGaussian gaussian{mean_of(features, p), {}};
  Scatter scatter = scatter_of(features, gaussian.mean);
  double trace = 0, squares = 0;  // of the covariance, the second of all its values
  for (std::size_t i = 0; i < p; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double& value = scatter.products[i * p + j];
      value /= n;
      squares += (i == j ? 1 : 2) * value * value;
      scatter.products[j * p + i] = value;
    }
    trace += scatter.products[i * p + i];
  }
  const double mean_variance = trace / size;
  const double spread = (squares - 2 * mean_variance * trace + size * mean_variance * mean_variance) / size;
  const double noise = std::min((scatter.fourth_powers / n - squares) / (size * n), spread);
  gaussian.shrinkage = noise > 0 ? noise / spread : 0;
  for (double& value : scatter.products) value *= 1 - gaussian.shrinkage;
  for (std::size_t i = 0; i < p; ++i) scatter.products[i * p + i] += gaussian.shrinkage * mean_variance;
  gaussian.covariance = std::move(scatter.products);
  return gaussian;
}

MahalanobisDistance::MahalanobisDistance(const FeatureGaussian& gaussian)
    : mean_(gaussian.mean), lower_(gaussian.covariance) {
  const std::size_t p = mean_.size();
  if (p == 0 || lower_.size() != p * p) throw Error(ErrorKind::kData, "mean and covariance don't fit each other");
  for (std::size_t i = 0; i < p; ++i) {
    double* row = lower_.data() + i * p;
    for (std::size_t j = 0; j <= i; ++j) {
      const double* other = lower_.data() + j * p;
      double value = row[j];
      for (std::size_t k = 0; k < j; ++k) value -= row[k] * other[k];
      if (i != j) {
        row[j] = value / other[j];
        continue;
      }
      if (!(value > 0) || !std::isfinite(value))
        throw Error(ErrorKind::kData, "the features' covariance isn't positive definite");
      row[i] = std::sqrt(value);
    }
  }
}

double MahalanobisDistance::of(std::span<const float> row) const {
  const std::size_t p = mean_.size();
  std::vector<double> solved(p);
  double square = 0;
  for (std::size_t i = 0; i < p; ++i) {
    const double* lower = lower_.data() + i * p;
    double value = row[i] - mean_[i];
    for (std::size_t k = 0; k < i; ++k) value -= lower[k] * solved[k];
    solved[i] = value / lower[i];
    square += solved[i] * solved[i];
  }
  return std::sqrt(square);
}

}  // namespace unmask
