// What network is trained, as plain values.
#pragma once

#include <string>
#include <vector>

#include "base/words.h"

namespace unmask {

enum class Head {
  kLinear,  // dropout, linear(512, 2)
  kHidden   // dropout, linear(512, 256), ReLU, BN, dropout, linear(256, 2)
};
constexpr auto words_of(Head) {
  using enum Head;
  return std::to_array<Word<Head>>({{"linear", kLinear}, {"hidden", kHidden}});
}

struct ModelOptions {
  std::string init;  // "random", or a weights file (safetensors; .pth goes through `unmask import`)
  Head head = Head::kLinear;
  double dropout = 0.75;
};

std::vector<std::string> validate(const ModelOptions& options);

}  // namespace unmask
