// The pass through a network's body, for each network one (model/resnet18.h). Its tensors: model/network_shapes.h.
#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "model/model_options.h"
#include "model/named_tensor.h"
#include "model/precision.h"

namespace unmask {

/// Of images and activations in memory.
at::ScalarType activation_type(Precision precision);

/// images f32 or of activation_type, [n, 3, px, px] → f32 [n, NetworkShapes::features]. Running statistics are
/// updated in place when training.
using BodyPass = at::Tensor (*)(const std::vector<NamedTensor>& parameters, const std::vector<NamedTensor>& running,
                                const at::Tensor& images, bool training, Precision precision);

BodyPass body_pass(Architecture architecture);

}  // namespace unmask
