// Tensors to and from safetensors, a classifier's in torchvision's names, so that anyone's tools can read them.
//
//   const SafetensorsFile file("weights/imagenet.safetensors", SafetensorsFile::Digest::kIfPresent);
//   load_weights(classifier, file, "weights/imagenet.safetensors", /*head_mismatch_ok=*/true);  // a head of its own
#pragma once

#include <string>
#include <vector>

#include "model/classifier.h"
#include "model/files/safetensors.h"

namespace unmask {

/// Row-major bytes of f32 tensors on the CPU, valid while the tensors that it appends to `kept` live.
std::vector<TensorBytes> tensor_bytes(const std::vector<NamedTensor>& tensors, std::vector<at::Tensor>& kept);

/// Loads weights into `classifier`. Extra `num_batches_tracked` are ignored. With `head_mismatch_ok`, a head of
/// another shape (ImageNet's 1000 classes) is left as it is and named in the returned list; every other tensor of the
/// network must match. Tensors under other names (somebody's optimizer state) are passed over.
/// All or nothing is loaded.
/// THROWS Error(kData) naming file and tensor, and what is wrong with it:
/// the shape, the type, a value that is not finite.
std::vector<std::string> load_weights(Classifier& classifier, const SafetensorsFile& file, const std::string& file_name,
                                      bool head_mismatch_ok);

}  // namespace unmask
