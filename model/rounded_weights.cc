#include "model/rounded_weights.h"

#include <c10/core/GradMode.h>

#include "model/network.h"

namespace unmask {

RoundedWeights::RoundedWeights(const Classifier& classifier, Precision precision) : tensors_(classifier.parameters()) {
  const at::ScalarType type = activation_type(precision);
  if (type == at::kFloat) return;
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    if (classifier.shapes().parameters[i].role != TensorRole::kConvolution) continue;
    exact_.push_back(tensors_[i].tensor.detach());
    rounded_.push_back(exact_.back().to(type));
    tensors_[i].tensor = rounded_.back().detach().requires_grad_();
  }
}

void RoundedWeights::round() {
  const at::NoGradGuard no_grad;
  if (!exact_.empty()) at::_foreach_copy_(rounded_, exact_);
}

}  // namespace unmask
