// What network is trained, as plain values.
#pragma once

#include <string>
#include <vector>

#include "base/words.h"

namespace unmask {

/// A network's body. Its word stands in model files; no config key yet, as there is one.
enum class Architecture { kResnet18 };
constexpr auto words_of(Architecture) {
  using enum Architecture;
  return std::to_array<Word<Architecture>>({{"resnet18", kResnet18}});
}

/// What turns the body's features into two logits (real, fake).
enum class Head {
  kLinear,  // dropout, linear
  kHidden   // dropout, linear to 256, ReLU, batch normalisation, dropout, linear
};
constexpr auto words_of(Head) {
  using enum Head;
  return std::to_array<Word<Head>>({{"linear", kLinear}, {"hidden", kHidden}});
}

/// As ModelOptions::init: torchvision's weights of the network (published_weights in model/network_shapes.h).
inline constexpr char kImagenet[] = "imagenet";

struct ModelOptions {
  std::string init = {};  // "random", "imagenet", or a weights file (safetensors; .pth goes through `unmask import`)
  Head head = Head::kLinear;
  double dropout = 0.75;
  Architecture architecture = Architecture::kResnet18;
};

std::vector<std::string> validate(const ModelOptions& options);

}  // namespace unmask
