// Classifiers with weights that differ everywhere, and files of them, for tests.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "model/files/weight_file.h"

namespace unmask {

inline std::string temporary(const std::string& name) { return testing::TempDir() + "weight_file_test_" + name; }

inline Classifier random_classifier(Head head, std::uint64_t seed) {
  Classifier classifier({.init = "random", .head = head});
  double start = static_cast<double>(seed);
  for (NamedTensor& parameter : classifier.parameters()) {
    const at::Tensor values = at::arange(parameter.tensor.numel(), at::kFloat).mul_(0.37).add_(start++).sin_();
    parameter.tensor.detach().copy_(values.reshape(parameter.tensor.sizes()));
  }
  for (NamedTensor& running : classifier.running_statistics()) running.tensor.add_(static_cast<double>(seed));
  return classifier;
}

/// Parameters, then running statistics.
inline std::vector<NamedTensor> all_tensors(const Classifier& classifier) {
  std::vector<NamedTensor> all = classifier.parameters();
  all.insert(all.end(), classifier.running_statistics().begin(), classifier.running_statistics().end());
  return all;
}

inline std::string save(const Classifier& classifier, const std::string& name) {
  std::vector<at::Tensor> kept;
  write_safetensors(temporary(name), "1", tensor_bytes(all_tensors(classifier), kept), {{"format", "unmask.model.1"}});
  return temporary(name);
}

inline bool equal(const Classifier& a, const Classifier& b) {
  for (std::size_t i = 0; i < a.parameters().size(); ++i) {
    if (!a.parameters()[i].tensor.equal(b.parameters()[i].tensor)) return false;
  }
  for (std::size_t i = 0; i < a.running_statistics().size(); ++i) {
    if (!a.running_statistics()[i].tensor.equal(b.running_statistics()[i].tensor)) return false;
  }
  return true;
}

inline std::string message_of(const std::function<void()>& action, ErrorKind kind = ErrorKind::kData) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    EXPECT_EQ(error.fault().cause, Cause::kOther) << error.what();  // a NaN of a file is no divergence of training
    return error.what();
  }
  ADD_FAILURE() << "nothing was refused";
  return {};
}

}  // namespace unmask
