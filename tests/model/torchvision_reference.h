// What torchvision makes of random weights and images (tests/model/classifier_reference.py).
#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

#include "model/files/safetensors.h"
#include "model/model_options.h"
#include "tests/support/python.h"

namespace unmask {

/// Both heads' are made at once, once a process: starting Python takes longest.
inline std::string reference_file(Head kind) {
  static const std::string folder = [] {
    test_support::run_python("tests/model/classifier_reference.py", {testing::TempDir()});
    return testing::TempDir();
  }();
  return folder + "/classifier_reference_" + to_word(kind) + ".safetensors";
}

inline at::Tensor tensor_of(const SafetensorsFile& file, const std::string& name) {
  const TensorBytes* bytes = file.find(name);
  if (bytes == nullptr) throw std::runtime_error("reference has no " + name);
  at::Tensor tensor = at::empty(bytes->shape, bytes->dtype == "I64" ? at::kLong : at::kFloat);
  std::memcpy(tensor.data_ptr(), bytes->bytes.data(), bytes->bytes.size());
  return tensor;
}

/// The largest difference, relative to the largest value of the tensor.
inline double difference(const at::Tensor& got, const at::Tensor& wanted) {
  const double scale = wanted.abs().max().item<double>();
  return (got.detach() - wanted).abs().max().item<double>() / std::max(scale, 1e-6);
}

}  // namespace unmask
