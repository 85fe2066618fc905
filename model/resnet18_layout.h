// ResNet18 (He et al., CVPR 2016; torchvision's names) without torch: its tensors, and which of them make which layer.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "model/network_shapes.h"

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
  NetworkShapes shapes;  // of the body
  ConvNorm stem;
  std::vector<ResidualBlock> blocks;
};

Resnet18Layout resnet18_layout();
PublishedWeights resnet18_published();
std::int64_t resnet18_kept_values(int crop_px);

}  // namespace unmask
