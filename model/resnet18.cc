#include "model/resnet18.h"

#include "base/error.h"

namespace unmask {
namespace {

constexpr double kEpsilon = 1e-5, kMomentum = 0.1;

struct Builder {
  std::vector<NamedTensor>& parameters;
  std::vector<NamedTensor>& running;

  ConvNorm add(const std::string& conv, const std::string& norm, int in, int out, int kernel, int stride, int padding) {
    const ConvNorm layer{parameters.size(), parameters.size() + 1, running.size(), stride, padding};
    const auto conv_weight = at::empty({out, in, kernel, kernel}, at::kFloat, at::MemoryFormat::ChannelsLast).zero_();
    parameters.push_back({conv + ".weight", conv_weight.requires_grad_()});
    parameters.push_back({norm + ".weight", at::ones({out}, at::kFloat).requires_grad_()});
    parameters.push_back({norm + ".bias", at::zeros({out}, at::kFloat).requires_grad_()});
    running.push_back({norm + ".running_mean", at::zeros({out}, at::kFloat)});
    running.push_back({norm + ".running_var", at::ones({out}, at::kFloat)});
    return layer;
  }

  ResidualBlock add_block(const std::string& name, int in, int out, int stride) {
    ResidualBlock block{add(name + ".conv1", name + ".bn1", in, out, 3, stride, 1),
                        add(name + ".conv2", name + ".bn2", out, out, 3, 1, 1), std::nullopt};
    if (stride != 1 || in != out) {
      block.downsample = add(name + ".downsample.0", name + ".downsample.1", in, out, 1, stride, 0);
    }
    return block;
  }
};

/// One pass; knows how a layer is computed.
struct Pass {
  const std::vector<NamedTensor>& parameters;
  const std::vector<NamedTensor>& running;
  bool training;
  at::ScalarType type;

  at::Tensor conv_norm(const ConvNorm& layer, const at::Tensor& input) const {
    const at::Tensor weight = parameters[layer.conv].tensor.to(type);
    const at::Tensor convolved = at::conv2d(input, weight, {}, layer.stride, layer.padding);
    if (training && convolved.size(0) * convolved.size(2) * convolved.size(3) < 2) {
      throw Error(ErrorKind::kUsage, parameters[layer.norm].name +
                                         ": batch normalisation needs more than one value per channel in training: a "
                                         "microbatch of one such small crop cannot be trained on");
    }
    return at::batch_norm(convolved, parameters[layer.norm].tensor, parameters[layer.norm + 1].tensor,
                          running[layer.running].tensor, running[layer.running + 1].tensor, training, kMomentum, kEpsilon,
                          false);
  }

  at::Tensor block(const ResidualBlock& block, const at::Tensor& input) const {
    const at::Tensor hidden = conv_norm(block.first, input).relu_();
    at::Tensor output = conv_norm(block.second, hidden);
    output += block.downsample ? conv_norm(*block.downsample, input) : input;
    return output.relu_();
  }
};

at::ScalarType scalar_type(Precision precision) {
  switch (precision) {
    case Precision::kBf16: return at::kBFloat16;
    case Precision::kFp16: return at::kHalf;
    case Precision::kFp32: break;
  }
  return at::kFloat;
}

}  // namespace

Resnet18Layout append_resnet18(std::vector<NamedTensor>& parameters, std::vector<NamedTensor>& running) {
  Builder builder{parameters, running};
  Resnet18Layout layout{builder.add("conv1", "bn1", 3, 64, 7, 2, 3), {}};
  int channels = 64;
  for (int stage = 1; stage <= 4; ++stage) {
    const int out = 64 << (stage - 1);
    const std::string name = "layer" + std::to_string(stage) + ".";
    layout.blocks.push_back(builder.add_block(name + "0", channels, out, stage == 1 ? 1 : 2));
    layout.blocks.push_back(builder.add_block(name + "1", out, out, 1));
    channels = out;
  }
  return layout;
}

at::Tensor resnet18_features(const Resnet18Layout& layout, const std::vector<NamedTensor>& parameters,
                             const std::vector<NamedTensor>& running, const at::Tensor& images, bool training,
                             Precision precision) {
  const Pass pass{parameters, running, training, scalar_type(precision)};
  at::Tensor x = images.to(pass.type, false, false, at::MemoryFormat::ChannelsLast);
  x = pass.conv_norm(layout.stem, x).relu_();
  x = at::max_pool2d(x, 3, 2, 1);
  for (const ResidualBlock& block : layout.blocks) x = pass.block(block, x);
  return at::adaptive_avg_pool2d(x, {1, 1}).flatten(1).to(at::kFloat);
}

}  // namespace unmask
