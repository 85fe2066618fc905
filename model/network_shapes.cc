#include "model/network_shapes.h"

#include <algorithm>

#include "base/error.h"
#include "model/resnet18_layout.h"

namespace unmask {
namespace {

constexpr std::int64_t kHidden = 256, kClasses = 2;

Error no_such_network(Architecture architecture) {
  return Error(ErrorKind::kFailed,
               "network_shapes: no network number " + std::to_string(static_cast<int>(architecture)));
}

NetworkShapes body_shapes(Architecture architecture) {
  switch (architecture) {
    case Architecture::kResnet18: return resnet18_layout().shapes;
  }
  throw no_such_network(architecture);
}

/// As torchvision's users write it: a layer in the place of its own, or nn.Sequential(Dropout, Linear, ReLU,
/// BatchNorm1d, Dropout, Linear).
void append_head(Head head, NetworkShapes& shapes) {
  const auto linear = [&](const std::string& name, std::int64_t in, std::int64_t out) {
    shapes.parameters.push_back({name + ".weight", {out, in}, TensorRole::kLinearWeight});
    shapes.parameters.push_back({name + ".bias", {out}, TensorRole::kLinearBias});
  };
  if (head == Head::kLinear) return linear(shapes.head_name, shapes.features, kClasses);
  linear(shapes.head_name + ".1", shapes.features, kHidden);
  const std::string norm = shapes.head_name + ".3";
  shapes.parameters.push_back({norm + ".weight", {kHidden}, TensorRole::kNormWeight});
  shapes.parameters.push_back({norm + ".bias", {kHidden}, TensorRole::kNormBias});
  shapes.running_statistics.push_back({norm + ".running_mean", {kHidden}, TensorRole::kRunningMean});
  shapes.running_statistics.push_back({norm + ".running_var", {kHidden}, TensorRole::kRunningVariance});
  linear(shapes.head_name + ".5", kHidden, kClasses);
}

/// A linear layer's bias is finished before its weight, a norm's weight before its bias; the body comes last.
std::vector<int> backward_order(Head head, const NetworkShapes& shapes) {
  std::vector<int> order = head == Head::kLinear ? std::vector<int>{1, 0} : std::vector<int>{5, 4, 2, 3, 1, 0};
  for (int& parameter : order) parameter += static_cast<int>(shapes.head);
  order.insert(order.end(), shapes.backward_order.begin(), shapes.backward_order.end());
  return order;
}

}  // namespace

bool NetworkShapes::names_head(const std::string& tensor) const { return tensor.starts_with(head_name + "."); }

bool NetworkShapes::names_network(const std::string& tensor) const {
  return names_head(tensor) ||
         std::ranges::any_of(body_names, [&](const std::string& beginning) { return tensor.starts_with(beginning); });
}

NetworkShapes network_shapes(const ModelOptions& options) {
  NetworkShapes shapes = body_shapes(options.architecture);
  shapes.head = shapes.parameters.size();
  shapes.backward_order = backward_order(options.head, shapes);
  append_head(options.head, shapes);
  return shapes;
}

std::vector<std::string> state_dict_names(Architecture architecture) {
  std::vector<std::string> names;
  for (const Head head : {Head::kLinear, Head::kHidden}) {
    const NetworkShapes shapes = network_shapes({.head = head, .architecture = architecture});
    for (const TensorShape& tensor : shapes.parameters) {
      if (std::ranges::count(names, tensor.name) > 0) continue;
      names.push_back(tensor.name);
      if (tensor.role != TensorRole::kNormBias) continue;
      const std::string norm = tensor.name.substr(0, tensor.name.rfind('.'));
      for (const char* statistic : {".running_mean", ".running_var"}) names.push_back(norm + statistic);
    }
  }
  return names;
}

PublishedWeights published_weights(Architecture architecture) {
  switch (architecture) {
    case Architecture::kResnet18: return resnet18_published();
  }
  throw no_such_network(architecture);
}

std::int64_t kept_values(Architecture architecture, int crop_px) {
  switch (architecture) {
    case Architecture::kResnet18: return resnet18_kept_values(crop_px);
  }
  throw no_such_network(architecture);
}

std::int64_t element_count(const std::vector<TensorShape>& tensors) {
  std::int64_t count = 0;
  for (const TensorShape& tensor : tensors) {
    std::int64_t elements = 1;
    for (const std::int64_t extent : tensor.shape) elements *= extent;
    count += elements;
  }
  return count;
}

}  // namespace unmask
