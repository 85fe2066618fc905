#include "model/train/optimizer.h"

#include <c10/core/GradMode.h>

#include <stdexcept>

namespace unmask {

Adam::Adam(const OptimizerOptions& options, const std::vector<NamedTensor>& parameters) : options_(options) {
  for (const NamedTensor& parameter : parameters) {
    parameters_.push_back(parameter.tensor);
    const at::Tensor values = parameter.tensor.detach();
    exp_avg_.push_back(at::zeros_like(values));
    exp_avg_sq_.push_back(at::zeros_like(values));
    if (steps_.empty()) steps_.assign(parameters.size(), at::zeros({}, values.options()));  // one for all
  }
}

void Adam::update(const std::vector<at::Tensor>& gradients, double rate, std::int64_t step) {
  const at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const auto strides = parameters_[i].strides();
    if (gradients[i].strides() != strides || exp_avg_[i].strides() != strides || exp_avg_sq_[i].strides() != strides) {
      throw std::logic_error("Adam: gradient or moment " + std::to_string(i) + " has other strides than its parameter");
    }
  }
  steps_.front().fill_(static_cast<double>(step + 1));  // the kernel divides by 1 - beta^step: never 0
  at::_fused_adam_(parameters_, gradients, exp_avg_, exp_avg_sq_, {}, steps_, rate, options_.beta1, options_.beta2,
                   options_.weight_decay, options_.eps, /*amsgrad=*/false, /*maximize=*/false);
}

}  // namespace unmask
