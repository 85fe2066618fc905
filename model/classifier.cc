#include "model/classifier.h"

#include <c10/core/GradMode.h>

#include <cmath>
#include <span>

#include "base/digest.h"
#include "base/error.h"
#include "base/philox.h"
#include "model/head.h"
#include "model/tensor_memory.h"

namespace unmask {
namespace {

at::Tensor leaf(at::Tensor tensor) { return tensor.requires_grad_(); }

/// Convolutions channels_last; norms one and zero; the rest zero.
at::Tensor made(const TensorShape& shape) {
  switch (shape.role) {
    case TensorRole::kConvolution: return at::empty(shape.shape, at::kFloat, at::MemoryFormat::ChannelsLast).zero_();
    case TensorRole::kNormWeight:
    case TensorRole::kRunningVariance: return at::ones(shape.shape, at::kFloat);
    default: return at::zeros(shape.shape, at::kFloat);
  }
}

void check_images(const at::Tensor& images, std::int64_t least_px, Precision precision) {
  const at::ScalarType type = images.scalar_type();
  const bool right = images.dim() == 4 && images.size(0) >= 1 && images.size(1) == 3 && images.size(2) >= least_px &&
                     images.size(3) >= least_px && (type == at::kFloat || type == activation_type(precision));
  if (right) return;
  throw Error(ErrorKind::kFailed, "classifier: images are " + c10::str(type, " ", images.sizes()) +
                                      ", wanted f32 [n, 3, h, w] with h and w of " + std::to_string(least_px) +
                                      " or more");
}

}  // namespace

Classifier::Classifier(const ModelOptions& options)
    : options_(options), shapes_(network_shapes(options)), body_(body_pass(options.architecture)) {
  keep_tensor_memory();
  for (const TensorShape& shape : shapes_.parameters) parameters_.push_back({shape.name, leaf(made(shape))});
  std::vector<at::Tensor> running;
  for (const TensorShape& shape : shapes_.running_statistics) running.push_back(made(shape));
  keep_running(at::cat(running));
}

void Classifier::keep_running(const at::Tensor& flat) {
  running_flat_ = flat;
  running_.clear();
  std::int64_t offset = 0;
  for (const TensorShape& shape : shapes_.running_statistics) {
    const std::int64_t size = c10::multiply_integers(shape.shape);
    running_.push_back({shape.name, flat.narrow(0, offset, size)});
    offset += size;
  }
}

at::Tensor Classifier::forward(const at::Tensor& images, const ForwardContext& context) {
  check_images(images, shapes_.least_px, context.precision);
  const at::Tensor features =
      body_(context.weights ? *context.weights : parameters_, running_, images, context.training, context.precision);
  return head_pass(*this, features, context);
}

void Classifier::to(const at::Device& device) {
  if (device == this->device()) return;
  for (NamedTensor& parameter : parameters_) parameter.tensor = leaf(parameter.tensor.detach().to(device));
  keep_running(running_flat_.to(device));
}

void initialise_random(Classifier& classifier, std::uint64_t seed) {
  const c10::NoGradGuard no_grad;
  const NetworkShapes& shapes = classifier.shapes();
  std::int64_t fan_in = 1;
  for (std::size_t i = 0; i < shapes.parameters.size(); ++i) {
    const TensorRole role = shapes.parameters[i].role;
    const at::Tensor& tensor = classifier.parameters()[i].tensor;
    if (role == TensorRole::kNormWeight || role == TensorRole::kNormBias) {
      tensor.fill_(role == TensorRole::kNormWeight ? 1.0 : 0.0);
      continue;
    }
    Draws draws(seed, DrawFor::kInit, static_cast<std::uint32_t>(digest64(shapes.parameters[i].name) >> 32));
    at::Tensor values = at::empty(tensor.sizes(), at::kFloat);
    const std::span<float> out(values.data_ptr<float>(), static_cast<std::size_t>(values.numel()));
    if (role == TensorRole::kConvolution) {
      const double deviation = std::sqrt(2.0 / static_cast<double>(tensor.size(0) * tensor.size(2) * tensor.size(3)));
      for (float& value : out) value = static_cast<float>(deviation * draws.normal());
    } else {
      if (role == TensorRole::kLinearWeight) fan_in = tensor.size(1);  // of its bias too
      const double bound = 1.0 / std::sqrt(static_cast<double>(fan_in));
      for (float& value : out) value = static_cast<float>(draws.uniform(-bound, bound));
    }
    tensor.copy_(values);
  }
  for (std::size_t i = 0; i < shapes.running_statistics.size(); ++i) {
    const bool is_variance = shapes.running_statistics[i].role == TensorRole::kRunningVariance;
    classifier.running_statistics()[i].tensor.fill_(is_variance ? 1.0 : 0.0);
  }
}

}  // namespace unmask
