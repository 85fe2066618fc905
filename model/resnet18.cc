#include "model/resnet18.h"

#include "base/error.h"
#include "model/network.h"
#include "model/norm/norm_function.h"
#include "model/resnet18_layout.h"

namespace unmask {
namespace {

constexpr double kEpsilon = 1e-5, kMomentum = 0.1;

/// How activations and products are computed.
struct Arithmetic {
  at::ScalarType type;
  bool rounded;  // activations and weights are f32 that hold bf16 values
};

/// One pass; knows how a layer is computed.
struct Pass {
  const std::vector<NamedTensor>& parameters;
  const std::vector<NamedTensor>& running;
  bool training;
  Arithmetic arithmetic;

  at::Tensor to_arithmetic(const at::Tensor& values) const {
    return arithmetic.rounded ? rounded_to_bf16(values) : values.to(arithmetic.type);
  }

  /// relu(norm(conv(input)) + residual); no residual if it is undefined.
  at::Tensor layer(const ConvNorm& layer, const at::Tensor& input, bool relu, const at::Tensor& residual = {}) const {
    const at::Tensor x =
        at::conv2d(input, to_arithmetic(parameters[layer.conv].tensor), {}, layer.stride, layer.padding);
    if (training && x.size(0) * x.size(2) * x.size(3) < 2) {
      throw Error(ErrorKind::kUsage, parameters[layer.norm].name +
                                         ": batch normalisation needs more than one value per channel in training: a "
                                         "microbatch of one such small crop cannot be trained on");
    }
    const at::Tensor &weight = parameters[layer.norm].tensor, &bias = parameters[layer.norm + 1].tensor;
    const at::Tensor &mean = running[layer.running].tensor, &variance = running[layer.running + 1].tensor;
    if (training && can_fuse_norm(x)) {
      return fused_norm_train(x, weight, bias, residual, mean, variance, relu, arithmetic.rounded, kEpsilon, kMomentum);
    }
    at::Tensor y = at::batch_norm(x, weight, bias, mean, variance, training, kMomentum, kEpsilon, false);
    if (residual.defined()) y += residual;
    if (relu) y.relu_();
    return arithmetic.rounded ? rounded_to_bf16(y) : y;
  }

  at::Tensor block(const ResidualBlock& block, const at::Tensor& input) const {
    const at::Tensor hidden = layer(block.first, input, true);
    const at::Tensor shortcut = block.downsample ? layer(*block.downsample, input, false) : input;
    return layer(block.second, hidden, true, shortcut);
  }
};

}  // namespace

at::Tensor resnet18_maps(const std::vector<NamedTensor>& parameters, const std::vector<NamedTensor>& running,
                         const at::Tensor& images, bool training, Precision precision) {
  static const Resnet18Layout layout = resnet18_layout();
  const Pass pass{parameters, running, training, {activation_type(precision), precision == Precision::kBf16InF32}};
  at::Tensor x = pass.to_arithmetic(images.contiguous(at::MemoryFormat::ChannelsLast));
  x = pass.layer(layout.stem, x, true);
  x = at::max_pool2d(x, 3, 2, 1);
  for (const ResidualBlock& block : layout.blocks) x = pass.block(block, x);
  return x;
}

at::Tensor resnet18_features(const std::vector<NamedTensor>& parameters, const std::vector<NamedTensor>& running,
                             const at::Tensor& images, bool training, Precision precision) {
  const at::Tensor maps = resnet18_maps(parameters, running, images, training, precision);
  return at::adaptive_avg_pool2d(maps, {1, 1}).flatten(1).to(at::kFloat);
}

}  // namespace unmask
