// ResNet18's body as plain structure over named tensors: which tensors make which layer, and the pass through them.
#pragma once

#include <ATen/ATen.h>

#include <optional>
#include <string>
#include <vector>

#include "model/classifier.h"

namespace unmask {

/// A convolution without bias and the batch normalisation behind it. `conv` and `norm` are indices into the parameters,
/// `running` into the running statistics; bias follows weight, running_var follows running_mean.
struct ConvNorm {
  std::size_t conv, norm, running;
  int stride, padding;
};

struct ResidualBlock {
  ConvNorm first, second;
  std::optional<ConvNorm> downsample;
};

struct Resnet18Layout {
  ConvNorm stem;
  std::vector<ResidualBlock> blocks;
};

/// Appends the body's tensors in torchvision's order: parameters (convolutions channels_last, zero; norms one and zero)
/// and running statistics (zero and one).
Resnet18Layout append_resnet18(std::vector<NamedTensor>& parameters, std::vector<NamedTensor>& running);

/// Indices of the body's parameters in the order in which backward finishes them: layers from the last to the first, a
/// block's shortcut between its two layers, a norm's weight before its bias.
std::vector<int> resnet18_backward_order(const Resnet18Layout& layout);

/// images f32 [n, 3, px, px] → pooled features f32 [n, 512]. Running statistics are updated in place when training.
at::Tensor resnet18_features(const Resnet18Layout& layout, const std::vector<NamedTensor>& parameters,
                             const std::vector<NamedTensor>& running, const at::Tensor& images, bool training,
                             Precision precision);

}  // namespace unmask
