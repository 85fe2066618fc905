// Adam with the L2 term in the gradient (torch.optim.Adam), by ATen's fused kernel.
// Moments keep the parameters' strides.
//
//   Adam adam(options.optimizer, classifier.parameters());
//   adam.update(gradients, learning_rate(options.optimizer, step, steps), step);
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "model/named_tensor.h"
#include "model/train/train_options.h"

namespace unmask {

class Adam {
 public:
  Adam(const OptimizerOptions& options, const std::vector<NamedTensor>& parameters);
  /// One update. `gradients[i]` belongs to parameter i and has its strides (the fused kernel mixes layouts up in
  /// silence).
  /// `step` counts updates from 0. THROWS std::logic_error on other strides.
  void update(const std::vector<at::Tensor>& gradients, double rate, std::int64_t step);
  std::vector<at::Tensor>& exp_avg() { return exp_avg_; }
  std::vector<at::Tensor>& exp_avg_sq() { return exp_avg_sq_; }

 private:
  OptimizerOptions options_;
  std::vector<at::Tensor> parameters_, exp_avg_, exp_avg_sq_, steps_;
};

}  // namespace unmask
