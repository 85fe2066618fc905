// A classifier's weights as safetensors in torchvision's names, so that anyone's tools can read them.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "model/classifier.h"
#include "model/files/safetensors.h"

namespace unmask {

/// Row-major f32 bytes of parameters and running statistics, valid while the tensors that it appends to `kept` live.
std::vector<TensorBytes> state_bytes(const Classifier& classifier, std::vector<at::Tensor>& kept);

/// Loads weights into `classifier`. Extra `num_batches_tracked` are ignored. With `head_mismatch_ok`, a head of
/// another shape (ImageNet's 1000 classes) is left as it is and named in the returned list; every other tensor of the
/// network must match. Tensors under other names (somebody's optimizer state) are passed over.
/// All or nothing is loaded.
/// THROWS Error(kData) naming file and tensor, and what is wrong with it:
/// the shape, the type, a value that is not finite.
std::vector<std::string> load_weights(Classifier& classifier, const SafetensorsFile& file, const std::string& file_name,
                                      bool head_mismatch_ok);

}  // namespace unmask
