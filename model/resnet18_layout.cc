#include "model/resnet18_layout.h"

#include <string>

namespace unmask {
namespace {

ConvNorm add(NetworkShapes& shapes, const std::string& conv, const std::string& norm, std::int64_t in, std::int64_t out,
             std::int64_t kernel, int stride, int padding) {
  const ConvNorm layer{shapes.parameters.size(), shapes.parameters.size() + 1, shapes.running_statistics.size(), stride,
                       padding};
  shapes.parameters.push_back({conv + ".weight", {out, in, kernel, kernel}, TensorRole::kConvolution});
  shapes.parameters.push_back({norm + ".weight", {out}, TensorRole::kNormWeight});
  shapes.parameters.push_back({norm + ".bias", {out}, TensorRole::kNormBias});
  shapes.running_statistics.push_back({norm + ".running_mean", {out}, TensorRole::kRunningMean});
  shapes.running_statistics.push_back({norm + ".running_var", {out}, TensorRole::kRunningVariance});
  return layer;
}

ResidualBlock add_block(NetworkShapes& shapes, const std::string& name, std::int64_t in, std::int64_t out, int stride) {
  ResidualBlock block{add(shapes, name + ".conv1", name + ".bn1", in, out, 3, stride, 1),
                      add(shapes, name + ".conv2", name + ".bn2", out, out, 3, 1, 1), std::nullopt};
  if (stride != 1 || in != out) {
    block.downsample = add(shapes, name + ".downsample.0", name + ".downsample.1", in, out, 1, stride, 0);
  }
  return block;
}

/// Layers from the last to the first, a block's shortcut between its two layers, a norm's weight before its bias.
std::vector<int> backward_order(const Resnet18Layout& layout) {
  std::vector<int> order;
  const auto append = [&order](const ConvNorm& layer) {
    for (const std::size_t i : {layer.norm, layer.norm + 1, layer.conv}) order.push_back(static_cast<int>(i));
  };
  for (auto block = layout.blocks.rbegin(); block != layout.blocks.rend(); ++block) {
    append(block->second);
    if (block->downsample) append(*block->downsample);
    append(block->first);
  }
  append(layout.stem);
  return order;
}

}  // namespace

Resnet18Layout resnet18_layout() {
  Resnet18Layout layout;
  NetworkShapes& shapes = layout.shapes;
  layout.stem = add(shapes, "conv1", "bn1", 3, 64, 7, 2, 3);
  std::int64_t channels = 64;
  for (int stage = 1; stage <= 4; ++stage) {
    const std::int64_t out = std::int64_t{64} << (stage - 1);
    const std::string name = "layer" + std::to_string(stage) + ".";
    layout.blocks.push_back(add_block(shapes, name + "0", channels, out, stage == 1 ? 1 : 2));
    layout.blocks.push_back(add_block(shapes, name + "1", out, out, 1));
    channels = out;
  }
  shapes.features = channels;
  shapes.least_px = 32;  // five layers halve it
  shapes.head_name = "fc";
  shapes.body_names = {"conv1.", "bn1.", "layer"};
  shapes.backward_order = backward_order(layout);
  return layout;
}

PublishedWeights resnet18_published() {
  return {"resnet18-f37072fd.pth", "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec",
          "https://download.pytorch.org/models/resnet18-f37072fd.pth"};
}

/// Each layer's convolution and what its norm makes of it; behind the stem a pool with indices of 8 bytes.
std::int64_t resnet18_kept_values(int crop_px) {
  const Resnet18Layout layout = resnet18_layout();
  const auto outputs = [&](const ConvNorm& layer, std::int64_t side) {
    return layout.shapes.parameters[layer.conv].shape.front() * side * side;
  };
  std::int64_t side = (crop_px + 1) / 2;
  const std::int64_t stem = outputs(layout.stem, side);
  side = (side + 1) / 2;
  std::int64_t kept = 2 * stem + outputs(layout.stem, side) * 3;
  for (const ResidualBlock& block : layout.blocks) {
    if (block.first.stride == 2) side = (side + 1) / 2;
    kept += 2 * (outputs(block.first, side) + outputs(block.second, side));
    if (block.downsample) kept += 2 * outputs(*block.downsample, side);
  }
  return kept + 3 * stem;
}

}  // namespace unmask
