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

/// The units of each of a training pass's dropouts; none without dropout.
std::vector<std::int64_t> dropout_units(const Classifier& classifier);
/// Draws what they multiply by, each of `masks` f32 [n, units] in the host's memory: 1 / (1 - p) where a unit is kept
/// and 0 elsewhere.
void draw_dropout(const Classifier& classifier, const ForwardContext& context, const std::vector<at::Tensor>& masks);

/// features f32 [n, NetworkShapes::features] → logits f32 [n, 2] (real, fake). The hidden head's running statistics
/// are updated in place when training. THROWS Error(kUsage) where its normalisation would see one sample in training.
at::Tensor head_pass(const Classifier& classifier, const at::Tensor& features, const ForwardContext& context);

}  // namespace unmask
