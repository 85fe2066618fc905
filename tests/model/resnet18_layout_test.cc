#include "model/resnet18_layout.h"

#include <gtest/gtest.h>

#include "tests/model/network_shapes_reference.h"

namespace unmask {
namespace {

/// In forward order, a block's shortcut last.
std::vector<ConvNorm> layers_of(const Resnet18Layout& layout) {
  std::vector<ConvNorm> layers{layout.stem};
  for (const ResidualBlock& block : layout.blocks) {
    layers.push_back(block.first);
    layers.push_back(block.second);
    if (block.downsample) layers.push_back(*block.downsample);
  }
  return layers;
}

TEST(Resnet18LayoutTest, HasTorchvisionsConvolutionsWithTheirStridesAndPaddings) {
  const Resnet18Layout layout = resnet18_layout();
  std::vector<std::string> got;
  for (const ConvNorm& layer : layers_of(layout)) {
    const std::string weight = layout.shapes.parameters.at(layer.conv).name;
    got.push_back(weight.substr(0, weight.size() - std::string(".weight").size()) + " " + std::to_string(layer.stride) +
                  " " + std::to_string(layer.padding));
  }
  EXPECT_EQ(got, reference_lines("conv"));
  EXPECT_EQ(got.size(), 20u);
}

TEST(Resnet18LayoutTest, EachConvolutionHasTheNormOfItsPlace) {
  const NetworkShapes shapes = resnet18_layout().shapes;
  for (const ConvNorm& layer : layers_of(resnet18_layout())) {
    std::string norm = shapes.parameters.at(layer.conv).name;  // "layer1.0.conv2.weight", "….downsample.0.weight"
    if (const std::size_t conv = norm.find("conv"); conv != std::string::npos) {
      norm.replace(conv, 4, "bn");
    } else {
      norm.replace(norm.find(".0.weight"), 2, ".1");
    }
    norm.resize(norm.size() - std::string(".weight").size());
    EXPECT_EQ(shapes.parameters.at(layer.norm).name, norm + ".weight");
    EXPECT_EQ(shapes.parameters.at(layer.norm + 1).name, norm + ".bias");
    EXPECT_EQ(shapes.running_statistics.at(layer.running).name, norm + ".running_mean");
    EXPECT_EQ(shapes.running_statistics.at(layer.running + 1).name, norm + ".running_var");
    EXPECT_EQ(shapes.parameters[layer.norm].shape.front(), shapes.parameters[layer.conv].shape.front());
  }
}

}  // namespace
}  // namespace unmask
