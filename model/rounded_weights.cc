#include "model/rounded_weights.h"

#include <c10/core/GradMode.h>

namespace unmask {
namespace {

at::ScalarType type_of(Precision precision) {
  switch (precision) {
    case Precision::kBf16: return at::kBFloat16;
    case Precision::kFp16: return at::kHalf;
    default: return at::kFloat;
  }
}

}  // namespace

RoundedWeights::RoundedWeights(const Classifier& classifier, Precision precision) : tensors_(classifier.parameters()) {
  const at::ScalarType type = type_of(precision);
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
