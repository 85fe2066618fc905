#include "model/score/logistic_line.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace unmask {

double logit(double probability) {
  const double held = std::clamp(probability, 1e-7, 1 - 1e-7);
  return std::log(held) - std::log1p(-held);
}

double sigmoid(double value) {
  return value >= 0 ? 1 / (1 + std::exp(-value)) : std::exp(value) / (1 + std::exp(value));
}

/// log(1 + exp(value)) without overflow.
double softplus(double value) { return std::max(value, 0.0) + std::log1p(std::exp(-std::abs(value))); }

namespace {

/// Of lines over x - centre: Newton's method wants x near zero.
class Likelihood {
 public:
  Likelihood(std::span<const double> x, std::span<const std::uint8_t> labels) : x_(x.begin(), x.end()) {
    const auto fakes = static_cast<double>(std::ranges::count_if(labels, [](auto label) { return label != 0; }));
    const double reals = static_cast<double>(labels.size()) - fakes;
    for (const double each : x_) centre_ += each / static_cast<double>(x_.size());
    for (double& each : x_) each -= centre_;
    for (const auto label : labels) target_.push_back(label != 0 ? (fakes + 1) / (fakes + 2) : 1 / (reals + 2));
  }

  double loss(const LogisticLine& line) const {
    double sum = 0;
    for (std::size_t i = 0; i < x_.size(); ++i) {
      const double value = line.slope * x_[i] + line.offset;
      sum += softplus(value) - target_[i] * value;
    }
    return sum;
  }

  /// Newton's step from `line`.
  LogisticLine step(const LogisticLine& line) const {
    double gradient_slope = 0, gradient_offset = 0, slope2 = 1e-12, cross = 0, offset2 = 1e-12;
    for (std::size_t i = 0; i < x_.size(); ++i) {
      const double p = sigmoid(line.slope * x_[i] + line.offset), weight = p * (1 - p);
      gradient_slope += (p - target_[i]) * x_[i];
      gradient_offset += p - target_[i];
      slope2 += weight * x_[i] * x_[i];
      cross += weight * x_[i];
      offset2 += weight;
    }
    const double determinant = slope2 * offset2 - cross * cross;
    return {-(offset2 * gradient_slope - cross * gradient_offset) / determinant,
            -(slope2 * gradient_offset - cross * gradient_slope) / determinant};
  }

  double centre() const { return centre_; }

 private:
  double centre_ = 0;
  std::vector<double> x_, target_;
};

}  // namespace

LogisticLine fit_logistic_line(std::span<const double> x, std::span<const std::uint8_t> labels) {
  const Likelihood likelihood(x, labels);
  LogisticLine line;
  double loss = likelihood.loss(line);
  for (int iteration = 0; iteration < 100; ++iteration) {
    const LogisticLine step = likelihood.step(line);
    double share = 1;  // halved until the loss falls: far from the minimum a whole step may jump over it
    LogisticLine next;
    double next_loss = 0;
    do {
      next = {line.slope + share * step.slope, line.offset + share * step.offset};
      next_loss = likelihood.loss(next);
      share /= 2;
    } while (!(next_loss < loss) && share > 1e-10);
    if (!(next_loss < loss)) break;  // at the minimum, as exactly as double can tell
    line = next;
    loss = next_loss;
  }
  return {line.slope, line.offset - line.slope * likelihood.centre()};
}

}  // namespace unmask
