#include "model/files/weight_file.h"

#include <c10/core/GradMode.h>

#include <cstring>
#include <functional>
#include <optional>
#include <set>

#include "base/error.h"

namespace unmask {
namespace {

std::string shape_text(at::IntArrayRef shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

std::optional<at::ScalarType> float_type(const std::string& dtype) {
  if (dtype == "F32") return at::kFloat;
  if (dtype == "F64") return at::kDouble;
  if (dtype == "F16") return at::kHalf;
  if (dtype == "BF16") return at::kBFloat16;
  return std::nullopt;
}

/// Copied: bytes of a file need not be aligned and must not outlive it.
at::Tensor to_tensor(const TensorBytes& bytes, const std::string& file_name) {
  const auto type = float_type(bytes.dtype);
  if (!type) {
    throw Error(ErrorKind::kData,
                file_name + ": tensor " + bytes.name + " is " + bytes.dtype + ", wanted F32, F64, F16 or BF16");
  }
  at::Tensor tensor = at::empty(bytes.shape, *type);
  if (!bytes.bytes.empty()) std::memcpy(tensor.data_ptr(), bytes.bytes.data(), bytes.bytes.size());
  tensor = tensor.to(at::kFloat);
  if (!at::isfinite(tensor).all().item<bool>()) {
    throw Error(ErrorKind::kData, file_name + ": tensor " + bytes.name + " holds a value that is not finite");
  }
  return tensor;
}

void for_each_tensor(const Classifier& classifier, const std::function<void(const NamedTensor&)>& visit) {
  for (const NamedTensor& parameter : classifier.parameters()) visit(parameter);
  for (const NamedTensor& running : classifier.running_statistics()) visit(running);
}

/// Why the file's tensor can't be `wanted`; empty if it can.
std::string mismatch(const TensorBytes* got, const NamedTensor& wanted) {
  if (got == nullptr) return "tensor " + wanted.name + " is missing, wanted " + shape_text(wanted.tensor.sizes());
  if (wanted.tensor.sizes() == at::IntArrayRef(got->shape)) return {};
  return "tensor " + wanted.name + " is " + shape_text(got->shape) + ", wanted " + shape_text(wanted.tensor.sizes());
}

/// Names of head tensors that the file doesn't have in this shape.
std::vector<std::string> check_tensors(const Classifier& classifier, const SafetensorsFile& file,
                                       const std::string& file_name, bool head_mismatch_ok) {
  const NetworkShapes& shapes = classifier.shapes();
  std::vector<std::string> unlike;
  std::set<std::string> known;
  for_each_tensor(classifier, [&](const NamedTensor& wanted) {
    known.insert(wanted.name);
    const std::string fault = mismatch(file.find(wanted.name), wanted);
    if (fault.empty()) return;
    if (!head_mismatch_ok || !shapes.names_head(wanted.name)) throw Error(ErrorKind::kData, file_name + ": " + fault);
    unlike.push_back(wanted.name);
  });
  for (const TensorBytes& tensor : file.tensors()) {
    const std::string& name = tensor.name;
    if (!shapes.names_network(name) || known.contains(name) || name.ends_with(".num_batches_tracked")) continue;
    if (shapes.names_head(name) && head_mismatch_ok) continue;
    throw Error(ErrorKind::kData, file_name + ": tensor " + name + " " + shape_text(tensor.shape) +
                                      " is not part of a " + to_word(classifier.options().architecture) +
                                      " with the head \"" + to_word(classifier.options().head) + "\"");
  }
  return unlike;
}

}  // namespace

std::vector<TensorBytes> tensor_bytes(const std::vector<NamedTensor>& tensors, std::vector<at::Tensor>& kept) {
  std::vector<TensorBytes> bytes;
  for (const NamedTensor& named : tensors) {
    const at::Tensor values = named.tensor.detach().contiguous();
    kept.push_back(values);
    const std::span<const float> floats(values.const_data_ptr<float>(), static_cast<std::size_t>(values.numel()));
    bytes.push_back({named.name, "F32", values.sizes().vec(), std::as_bytes(floats)});
  }
  return bytes;
}

std::vector<std::string> load_weights(Classifier& classifier, const SafetensorsFile& file, const std::string& file_name,
                                      bool head_mismatch_ok) {
  const c10::NoGradGuard no_grad;
  std::vector<std::string> unlike = check_tensors(classifier, file, file_name, head_mismatch_ok);
  // A head is taken whole or not at all.
  const bool take_head = unlike.empty();
  if (!take_head) unlike.clear();
  std::vector<std::pair<at::Tensor, at::Tensor>> copies;
  for_each_tensor(classifier, [&](const NamedTensor& named) {
    if (!take_head && classifier.shapes().names_head(named.name)) {
      unlike.push_back(named.name);
    } else {
      copies.emplace_back(named.tensor, to_tensor(*file.find(named.name), file_name));
    }
  });
  for (auto& [target, values] : copies) target.copy_(values);
  return unlike;
}

}  // namespace unmask
