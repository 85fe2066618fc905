#include "model/network_shapes.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/model/network_shapes_reference.h"

namespace unmask {
namespace {

/// As tests/model/network_shapes_reference.py prints them.
std::vector<std::string> printed(const NetworkShapes& shapes) {
  std::vector<std::string> lines;
  const auto print = [&](const std::string& kind, const std::vector<TensorShape>& tensors) {
    for (const TensorShape& tensor : tensors) {
      lines.push_back(kind + " " + tensor.name);
      for (const std::int64_t extent : tensor.shape) lines.back() += " " + std::to_string(extent);
    }
  };
  print("parameter", shapes.parameters);
  print("buffer", shapes.running_statistics);
  return lines;
}

TEST(NetworkShapesTest, AreTorchvisionsByNameShapeAndOrder) {
  for (const Head head : {Head::kLinear, Head::kHidden}) {
    const std::vector<std::string> wanted = reference_lines(to_word(head));
    EXPECT_EQ(wanted.size(), head == Head::kLinear ? 62u + 40u : 66u + 42u);
    EXPECT_EQ(printed(network_shapes({.head = head})), wanted) << to_word(head);
  }
}

TEST(NetworkShapesTest, CountTheElements) {
  const NetworkShapes linear = network_shapes({.head = Head::kLinear}),
                      hidden = network_shapes({.head = Head::kHidden});
  // torchvision's table has 11,689,512 parameters, with a head of 1,000 classes on 512 features.
  constexpr std::int64_t kBody = 11'689'512 - 1000 * 512 - 1000;
  EXPECT_EQ(element_count(linear.parameters), kBody + 2 * 512 + 2);
  EXPECT_EQ(element_count(hidden.parameters), kBody + 256 * 512 + 256 + 2 * 256 + 2 * 256 + 2);
  // A mean and a variance for each channel of the 20 norms.
  EXPECT_EQ(element_count(linear.running_statistics), 2 * (5 * 64 + 5 * 128 + 5 * 256 + 5 * 512));
  EXPECT_EQ(element_count(hidden.running_statistics), 9600 + 2 * 256);
  EXPECT_EQ(element_count({}), 0);
}

TEST(NetworkShapesTest, RolesSayHowATensorStarts) {
  const NetworkShapes shapes = network_shapes({.head = Head::kHidden});
  for (std::size_t i = 0; i < shapes.parameters.size(); ++i) {
    const TensorShape& tensor = shapes.parameters[i];
    const bool is_weight = tensor.name.ends_with(".weight");
    EXPECT_EQ(tensor.shape.size() == 4, tensor.role == TensorRole::kConvolution) << tensor.name;
    EXPECT_EQ(tensor.shape.size() == 2, tensor.role == TensorRole::kLinearWeight) << tensor.name;
    // All other vectors are of norms, but for the biases that follow a linear layer's weight.
    if (tensor.shape.size() != 1) continue;
    const bool of_linear = i > 0 && shapes.parameters[i - 1].role == TensorRole::kLinearWeight;
    EXPECT_EQ(tensor.role, of_linear   ? TensorRole::kLinearBias
                           : is_weight ? TensorRole::kNormWeight
                                       : TensorRole::kNormBias)
        << tensor.name;
  }
  for (const TensorShape& tensor : shapes.running_statistics) {
    EXPECT_EQ(tensor.role == TensorRole::kRunningMean, tensor.name.ends_with(".running_mean")) << tensor.name;
    EXPECT_EQ(tensor.role == TensorRole::kRunningVariance, tensor.name.ends_with(".running_var")) << tensor.name;
  }
}

TEST(NetworkShapesTest, BackwardFinishesEachParameterOnceTheHeadFirst) {
  for (const Head head : {Head::kLinear, Head::kHidden}) {
    const NetworkShapes shapes = network_shapes({.head = head});
    const std::set<int> each(shapes.backward_order.begin(), shapes.backward_order.end());
    EXPECT_EQ(each.size(), shapes.parameters.size());
    EXPECT_EQ(shapes.backward_order.size(), shapes.parameters.size());
    EXPECT_EQ(*each.rbegin(), static_cast<int>(shapes.parameters.size()) - 1);
    EXPECT_EQ(shapes.parameters[static_cast<std::size_t>(shapes.backward_order.front())].name,
              head == Head::kLinear ? "fc.bias" : "fc.5.bias");
    EXPECT_EQ(shapes.parameters[static_cast<std::size_t>(shapes.backward_order.back())].name, "conv1.weight");
  }
}

TEST(NetworkShapesTest, KnowAWeightsFilesTensorsByTheirNames) {
  const NetworkShapes shapes = network_shapes({});
  for (const char* name : {"fc.weight", "fc.5.bias"}) EXPECT_TRUE(shapes.names_head(name)) << name;
  for (const char* name :
       {"conv1.weight", "bn1.running_var", "layer3.0.conv7.weight", "layer9.0.conv1.weight", "fc.bias"})
    EXPECT_TRUE(shapes.names_network(name)) << name;
  for (const char* name : {"layer3.0.conv7.weight", "fcx.weight", "module.fc.weight"})
    EXPECT_FALSE(shapes.names_head(name)) << name;
  for (const char* name : {"adam.m.conv1.weight", "conv10.weight", "classifier.weight", ""})
    EXPECT_FALSE(shapes.names_network(name)) << name;
}

TEST(NetworkShapesTest, AStateDictHasANormsStatisticsBehindItsBias) {
  const std::vector<std::string> names = state_dict_names(Architecture::kResnet18);
  const std::vector<std::string> first(names.begin(), names.begin() + 6), last(names.end() - 8, names.end());
  EXPECT_EQ(first, (std::vector<std::string>{"conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean",
                                             "bn1.running_var", "layer1.0.conv1.weight"}));
  EXPECT_EQ(last, (std::vector<std::string>{"fc.1.weight", "fc.1.bias", "fc.3.weight", "fc.3.bias", "fc.3.running_mean",
                                            "fc.3.running_var", "fc.5.weight", "fc.5.bias"}));
}

// By hand, 32 px: the stem's 64 × 16², twice and three times more; the pool's 64 × 8² with its indices; four stages.
TEST(NetworkShapesTest, WhatAnImageTakesGrowsWithItsPixels) {
  const std::int64_t stem = 64 * 16 * 16, pool = 64 * 8 * 8;
  const std::int64_t stages = 2 * (4 * 64 * 64 + 5 * 128 * 16 + 5 * 256 * 4 + 5 * 512);
  EXPECT_EQ(kept_values(Architecture::kResnet18, 32), 5 * stem + 3 * pool + stages);
  EXPECT_GT(kept_values(Architecture::kResnet18, 224), 48 * kept_values(Architecture::kResnet18, 32));
}

}  // namespace
}  // namespace unmask
