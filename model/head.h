// The pass through a classifier's head; through its body: model/network.h.
//
//   const at::Tensor features = body_pass(architecture)(parameters, running, images, false, precision);
//   const at::Tensor logits = head_pass(classifier, features, {});  // those of classifier.forward(images, {})
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "model/classifier.h"

namespace unmask {

/// What a training pass's dropouts multiply by: for each f32 [n, units] on the classifier's device, drawn by the host,
/// 1 / (1 - p) where a unit is kept and 0 elsewhere. None without dropout.
std::vector<at::Tensor> dropout_masks(const Classifier& classifier, std::int64_t n, const ForwardContext& context);

/// features f32 [n, NetworkShapes::features] → logits f32 [n, 2] (real, fake). The hidden head's running statistics
/// are updated in place when training. THROWS Error(kUsage) where its normalisation would see one sample in training.
at::Tensor head_pass(const Classifier& classifier, const at::Tensor& features, const ForwardContext& context);

}  // namespace unmask
