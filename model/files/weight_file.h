// A classifier's weights as safetensors in torchvision's names, so that anyone's tools can read them.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "model/classifier.h"
#include "model/files/safetensors.h"

namespace unmask {

/// Row-major f32 bytes of parameters and running statistics, kept alive by the vector of tensors it returns through `kept`.
std::vector<TensorBytes> state_bytes(const Classifier& classifier, std::vector<at::Tensor>& kept);

/// Loads weights into `classifier`. Extra `num_batches_tracked` are ignored. With `head_mismatch_ok`, a head of
/// another shape (ImageNet's 1000 classes) is left as it is and named in the returned list; every other tensor of the network
/// must match. Tensors of other roots (an optimizer's state in a checkpoint) are passed over. All or nothing is loaded.
/// THROWS Error(kData) naming file, tensor, got and wanted shape.
std::vector<std::string> load_weights(Classifier& classifier, const SafetensorsFile& file, const std::string& file_name,
                                      bool head_mismatch_ok);

/// metadata() keys of our model files: "format" = "unmask.model.1", "model" (JSON: head, dropout), "preprocessing" (JSON of
/// the crop store), "train" (JSON: precision, datasets, step, epoch).
}  // namespace unmask
