// What network is trained, as plain values.
#pragma once

#include <string>
#include <vector>

namespace unmask {

struct ModelOptions {
  std::string init;  // "random", or a weights file (safetensors; .pth goes through `unmask import`)
  std::string head =
      "linear";  // "linear": dropout, linear(512, 2); "hidden": dropout, linear(512, 256), ReLU, BN, dropout, linear(256, 2)
  double dropout = 0.75;
};

std::vector<std::string> validate(const ModelOptions& options);

}  // namespace unmask
