#include "model/classifier.h"

#include <c10/core/GradMode.h>

#include <cmath>
#include <span>

#include "base/digest.h"
#include "base/error.h"
#include "base/philox.h"
#include "model/resnet18.h"
#include "model/tensor_memory.h"

namespace unmask {
namespace {

constexpr int kFeatures = 512, kHidden = 256, kClasses = 2;
constexpr double kEpsilon = 1e-5, kMomentum = 0.1;

at::Tensor leaf(at::Tensor tensor) { return tensor.requires_grad_(); }

void append_head(const ModelOptions& options, std::vector<NamedTensor>& parameters, std::vector<NamedTensor>& running) {
  const auto linear = [&](const std::string& name, int in, int out) {
    parameters.push_back({name + ".weight", leaf(at::zeros({out, in}, at::kFloat))});
    parameters.push_back({name + ".bias", leaf(at::zeros({out}, at::kFloat))});
  };
  if (options.head == Head::kLinear) return linear("fc", kFeatures, kClasses);
  linear("fc.1", kFeatures, kHidden);
  parameters.push_back({"fc.3.weight", leaf(at::ones({kHidden}, at::kFloat))});
  parameters.push_back({"fc.3.bias", leaf(at::zeros({kHidden}, at::kFloat))});
  running.push_back({"fc.3.running_mean", at::zeros({kHidden}, at::kFloat)});
  running.push_back({"fc.3.running_var", at::ones({kHidden}, at::kFloat)});
  linear("fc.5", kHidden, kClasses);
}

/// features * mask / (1 - p): a unit is kept where its draw is p or more.
at::Tensor dropout(const at::Tensor& features, double p, const ForwardContext& context, std::uint32_t layer) {
  if (!context.training || p <= 0) return features;
  const std::int64_t n = features.size(0), units = features.size(1);
  at::Tensor mask = at::empty({n, units}, at::TensorOptions(at::kFloat).pinned_memory(features.is_cuda()));
  float* out = mask.data_ptr<float>();
  const auto threshold = static_cast<float>(p);
  const float scale = static_cast<float>(1.0 / (1.0 - p));
  for (std::int64_t i = 0; i < n; ++i) {
    Draws draws(context.seed, DrawFor::kDropout, context.step, context.first_slot + static_cast<std::uint32_t>(i),
                layer);
    for (std::int64_t unit = 0; unit < units; ++unit) *out++ = draws.uniform() >= threshold ? scale : 0.0f;
  }
  return features * mask.to(features.device(), /*non_blocking=*/true);
}

bool is_norm(const std::string& name) {
  return name.find("bn") != std::string::npos || name.find("downsample.1") != std::string::npos ||
         name.starts_with("fc.3.");
}

void check_images(const at::Tensor& images) {
  const bool right = images.dim() == 4 && images.size(0) >= 1 && images.size(1) == 3 && images.size(2) >= 32 &&
                     images.size(3) >= 32 && images.scalar_type() == at::kFloat;
  if (right) return;
  throw Error(ErrorKind::kFailed, "classifier: images are " + c10::str(images.scalar_type(), " ", images.sizes()) +
                                      ", wanted f32 [n, 3, h, w] with h and w of 32 or more");
}

}  // namespace

Classifier::Classifier(const ModelOptions& options) : options_(options) {
  keep_tensor_memory();
  body_ = std::make_shared<const Resnet18Layout>(append_resnet18(parameters_, running_));
  head_ = parameters_.size();
  append_head(options_, parameters_, running_);
}

at::Tensor Classifier::forward(const at::Tensor& images, const ForwardContext& context) {
  check_images(images);
  at::Tensor x = resnet18_features(*body_, parameters_, running_, images, context.training, context.precision);
  const auto head = [&](std::size_t i) -> const at::Tensor& { return parameters_[head_ + i].tensor; };
  x = dropout(x, options_.dropout, context, 0);
  if (options_.head == Head::kLinear) return at::linear(x, head(0), head(1));
  if (context.training && x.size(0) < 2) {
    throw Error(
        ErrorKind::kUsage,
        "the hidden head's batch normalisation needs more than one sample a microbatch in training: choose another "
        "train.microbatch_size, or model.head = \"linear\"");
  }
  x = at::relu(at::linear(x, head(0), head(1)));
  x = at::batch_norm(x, head(2), head(3), running_[running_.size() - 2].tensor, running_.back().tensor,
                     context.training, kMomentum, kEpsilon, false);
  return at::linear(dropout(x, options_.dropout, context, 1), head(4), head(5));
}

void Classifier::to(const at::Device& device) {
  if (device == this->device()) return;
  for (NamedTensor& parameter : parameters_) parameter.tensor = leaf(parameter.tensor.detach().to(device));
  for (NamedTensor& statistic : running_) statistic.tensor = statistic.tensor.to(device);
}

std::vector<int> Classifier::backward_order() const {
  const int head = static_cast<int>(head_);
  std::vector<int> order = options_.head == Head::kLinear
                               ? std::vector<int>{head + 1, head}
                               : std::vector<int>{head + 5, head + 4, head + 2, head + 3, head + 1, head};
  const std::vector<int> body = resnet18_backward_order(*body_);
  order.insert(order.end(), body.begin(), body.end());
  return order;
}

void initialise_random(Classifier& classifier, std::uint64_t seed) {
  const c10::NoGradGuard no_grad;
  std::int64_t fan_in = 1;
  for (NamedTensor& parameter : classifier.parameters()) {
    const at::Tensor& tensor = parameter.tensor;
    if (is_norm(parameter.name)) {
      tensor.fill_(parameter.name.ends_with(".weight") ? 1.0 : 0.0);
      continue;
    }
    Draws draws(seed, DrawFor::kInit, static_cast<std::uint32_t>(digest64(parameter.name) >> 32));
    at::Tensor values = at::empty(tensor.sizes(), at::kFloat);
    const std::span<float> out(values.data_ptr<float>(), static_cast<std::size_t>(values.numel()));
    if (tensor.dim() == 4) {
      const double deviation = std::sqrt(2.0 / static_cast<double>(tensor.size(0) * tensor.size(2) * tensor.size(3)));
      for (float& value : out) value = static_cast<float>(deviation * draws.normal());
    } else {
      // A linear layer's bias follows its weight and has the weight's bound.
      if (tensor.dim() == 2) fan_in = tensor.size(1);
      const double bound = 1.0 / std::sqrt(static_cast<double>(fan_in));
      for (float& value : out) value = static_cast<float>(draws.uniform(-bound, bound));
    }
    tensor.copy_(values);
  }
  for (NamedTensor& running : classifier.running_statistics()) {
    running.tensor.fill_(running.name.ends_with("running_var") ? 1.0 : 0.0);
  }
}

}  // namespace unmask
