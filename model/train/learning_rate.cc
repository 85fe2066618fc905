#include "model/train/learning_rate.h"

#include <cmath>
#include <numbers>

namespace unmask {
namespace {

double anneal_cosine(double start, double end, double share) {
  return end + (start - end) / 2.0 * (std::cos(std::numbers::pi * share) + 1.0);
}

}  // namespace

double learning_rate(const OptimizerOptions& options, std::int64_t step, std::int64_t total_steps) {
  if (options.schedule == RateSchedule::kConstant) return options.max_lr;
  const double initial = options.max_lr / 25.0;
  const double final = initial / 1e4;
  const double peak = options.pct_start * static_cast<double>(total_steps) - 1;
  const double at = static_cast<double>(step);
  if (at <= peak) return anneal_cosine(initial, options.max_lr, peak > 0 ? at / peak : 1.0);
  const double end = static_cast<double>(total_steps - 1);
  return anneal_cosine(options.max_lr, final, (at - peak) / (end - peak));
}

}  // namespace unmask
