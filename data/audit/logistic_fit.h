// Logistic regression on standardised features and their products, small: some thousand rows, some ten columns. What
// scikit-learn's StandardScaler, PolynomialFeatures, StandardScaler and LogisticRegression(C=1) give one after another.
//
//   const LogisticFit fit(rows, labels, /*degree=*/2);
//   fit.score(row);  // > 0: rather label 1
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace unmask {

using FeatureRow = std::vector<double>;

class LogisticFit {
 public:
  /// Newton's method; the same bits for the same rows. REQUIRES: rows of one length, both labels, degree 1 or 2.
  LogisticFit(std::span<const FeatureRow> rows, std::span<const std::uint8_t> labels, int degree);
  /// Log odds of label 1.
  double score(const FeatureRow& row) const;

 private:
  /// Makes columns comparable: less the mean, over the standard deviation; one that never changes becomes 0.
  struct Scale {
    FeatureRow mean, deviation;
    explicit Scale(std::span<const FeatureRow> rows);
    FeatureRow of(const FeatureRow& row) const;
  };
  static FeatureRow products(const FeatureRow& row, int degree);

  int degree_;
  Scale first_;
  std::vector<Scale> second_;  // one
  FeatureRow weights_;         // of each feature, then the intercept
};

}  // namespace unmask
