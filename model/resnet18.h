// The pass through ResNet18's body. Its tensors and layers: model/resnet18_layout.h.
#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "model/named_tensor.h"
#include "model/precision.h"

namespace unmask {

/// A BodyPass (model/network.h): pooled features, f32 [n, 512]. `parameters` begin with the body's, in the layout's
/// order. THROWS Error(kUsage) in training where a normalisation would see one value a channel.
at::Tensor resnet18_features(const std::vector<NamedTensor>& parameters, const std::vector<NamedTensor>& running,
                             const at::Tensor& images, bool training, Precision precision);

/// What these features are the means of: the last stage's maps [n, 512, h, w], in the precision's type.
at::Tensor resnet18_maps(const std::vector<NamedTensor>& parameters, const std::vector<NamedTensor>& running,
                         const at::Tensor& images, bool training, Precision precision);

}  // namespace unmask
