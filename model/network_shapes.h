// A network's tensors without torch: by name, shape and role. Weights files, disk plans and the classifier go by it.
//
//   const NetworkShapes shapes = network_shapes({.head = Head::kHidden});
//   shapes.parameters.front();         // {"conv1.weight", {64, 3, 7, 7}, TensorRole::kConvolution}
//   element_count(shapes.parameters);  // 11,308,866
//
// A further network is a word of Architecture (model/model_options.h), its shapes as resnet18_layout.{h,cc} has them
// with a line in network_shapes.cc, and its pass as resnet18.{h,cc} has it with a line in network.cc.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/model_options.h"

namespace unmask {

/// What a tensor is for: says how it starts (classifier.h).
enum class TensorRole {
  kConvolution,  // [out, in, height, width], no bias
  kNormWeight,
  kNormBias,
  kLinearWeight,  // [out, in]
  kLinearBias,    // follows its weight
  kRunningMean,
  kRunningVariance,  // follows its mean
};

struct TensorShape {
  std::string name;
  std::vector<std::int64_t> shape;
  TensorRole role;
};

/// A network's own file tells them of its body; the head's tensors come after the body's.
struct NetworkShapes {
  std::vector<TensorShape> parameters, running_statistics;  // torchvision's names, in its order
  std::vector<int> backward_order;                          // indices of parameters as backward finishes them
  std::size_t head = 0;                                     // the head's first parameter
  std::int64_t features = 0;                                // what the head is given, for each image
  std::int64_t least_px = 0;                                // side of the smallest image that the body takes
  std::string head_name;                                    // what torchvision calls the head
  std::vector<std::string> body_names;                      // how the names of the body's tensors begin

  /// Whether a tensor of this name in a weights file belongs to the head, or to the network at all.
  bool names_head(const std::string& tensor) const;
  bool names_network(const std::string& tensor) const;
};

NetworkShapes network_shapes(const ModelOptions& options);

/// Of a network with any head, in the order of torchvision's state dict: a norm's statistics stand behind its bias.
std::vector<std::string> state_dict_names(Architecture architecture);

/// What torchvision publishes of a network, trained on ImageNet.
struct PublishedWeights {
  std::string file, sha256, address;
};
PublishedWeights published_weights(Architecture architecture);

/// Values of an image of that side that a training pass has at its peak: what backward will read, and the gradients of
/// the largest layer.
std::int64_t kept_values(Architecture architecture, int crop_px);

/// Of all these tensors together.
std::int64_t element_count(const std::vector<TensorShape>& tensors);

}  // namespace unmask
