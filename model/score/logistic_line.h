// Logistic regression of one number: the probability of label 1 as sigmoid(slope × x + offset). Pure; in double, in
// the order given.
//
//   const LogisticLine line = fit_logistic_line(x, labels);
//   const double probability = sigmoid(line.slope * x[0] + line.offset);
#pragma once

#include <cstdint>
#include <span>

namespace unmask {

struct LogisticLine {
  double slope = 0, offset = 0;
};

/// Maximum likelihood with Platt's targets, (n + 1) / (n + 2) of n samples of label 1 and 1 / (n + 2) of n of label 0:
/// finite where the classes are apart, and scikit-learn's method "sigmoid". REQUIRES: both labels, equal sizes.
LogisticLine fit_logistic_line(std::span<const double> x, std::span<const std::uint8_t> labels);

/// Of a probability held to [1e-7, 1 - 1e-7], which is about what f32 tells apart near 1: finite.
double logit(double probability);
double sigmoid(double value);
/// log(1 + exp(value)), without overflow.
double softplus(double value);

}  // namespace unmask
