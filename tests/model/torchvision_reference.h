// What torchvision makes of random weights and images (tests/model/classifier_reference.py).
#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <stdexcept>
#include <string>

#include "model/files/safetensors.h"
#include "model/model_options.h"
#include "tests/support/python.h"

namespace unmask {

/// Made once a head and process.
inline std::string reference_file(Head kind) {
  static std::set<std::string> made;
  const std::string head = to_word(kind), path = testing::TempDir() + "classifier_reference_" + head + ".safetensors";
  if (made.insert(head).second) test_support::run_python("tests/model/classifier_reference.py", {head, path});
  return path;
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
