// The weights that a training step's passes multiply: a body's convolutions in the precision's type, rounded once for
// all of the step's microbatches.
//
//   RoundedWeights weights(classifier, Precision::kBf16);
//   weights.round();  // after each change of the parameters
//   classifier.forward(images, {.training = true, .precision = Precision::kBf16, .weights = &weights.tensors()});
#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "model/classifier.h"
#include "model/precision.h"

namespace unmask {

/// Leaves of autograd: a pass's gradients stand in them, in their type, with the parameters' strides. What is in f32
/// anyway (normalisations, the head, all of kFp32, and all of kBf16InF32, whose passes round) is the parameter itself.
class RoundedWeights {
 public:
  RoundedWeights(const Classifier& classifier, Precision precision);
  void round();
  /// In the order of the classifier's parameters.
  const std::vector<NamedTensor>& tensors() const { return tensors_; }

 private:
  std::vector<NamedTensor> tensors_;
  std::vector<at::Tensor> exact_, rounded_;  // each parameter that isn't itself, and its values here
};

}  // namespace unmask
