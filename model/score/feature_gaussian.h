// A Gaussian of a network's features, and how far a face is from it (Lee et al., NeurIPS 2018, without classes). Pure;
// in double, in the order of the rows.
//
//   const FeatureGaussian gaussian = fit_feature_gaussian(features, 512);  // rows of 512 floats
//   const MahalanobisDistance distance(gaussian);
//   if (distance.of(row) > limit) …
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace unmask {

struct FeatureGaussian {
  std::vector<double> mean;        // [p]
  std::vector<double> covariance;  // [p, p], shrunk
  double shrinkage = 0;            // 0 the sample's own covariance, 1 a multiple of the identity
};

/// Ledoit and Wolf's shrunk covariance (2004), as scikit-learn's LedoitWolf. `features`: rows of p values.
/// REQUIRES: two rows or more.
FeatureGaussian fit_feature_gaussian(std::span<const float> features, std::size_t p);

class MahalanobisDistance {
 public:
  /// THROWS Error(kData) where sizes don't fit or the covariance isn't positive definite.
  explicit MahalanobisDistance(const FeatureGaussian& gaussian);
  /// Of one row of p values.
  double of(std::span<const float> row) const;
  std::size_t size() const { return mean_.size(); }

 private:
  std::vector<double> mean_, lower_;  // Cholesky's factor
};

}  // namespace unmask
