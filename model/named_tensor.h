// A tensor and what it is called in a file.
#pragma once

#include <ATen/ATen.h>

#include <string>

namespace unmask {

struct NamedTensor {
  std::string name;
  at::Tensor tensor;
};

}  // namespace unmask
