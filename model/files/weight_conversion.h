// Weights from and to torchvision's .pth files. A .pth is a Python pickle: reading it is left to PyTorch's own
// restricted reader (weights_only=True) in a process of its own, scripts/convert_weights.py. No torch in this header.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace unmask {

/// Key of the metadata of what import_weights writes.
inline constexpr char kSourceSha256[] = "source_sha256";

/// Reads `source` (.pth) and writes `target` (safetensors, metadata "format" = "unmask.weights.1", "source_sha256").
/// `sha256`: what the source must have; "" = any.
/// `python`: an interpreter that has torch and safetensors (the checkout's .venv/bin/python).
/// THROWS Error(kData) with the converter's own message, kFailed if it cannot be started.
void import_weights(const std::filesystem::path& python, const std::filesystem::path& source,
                    const std::filesystem::path& target, const std::string& sha256 = "");

/// Reads `source` (a model or weights file of ours) and writes `target` (.pth, a state dict that torchvision's network
/// loads with strict=True once its last layer is the same head). `names`: of the tensors, in the state dict's order
/// (state_dict_names); those that the source lacks are left out. THROWS as import_weights.
void export_weights(const std::filesystem::path& python, const std::filesystem::path& source,
                    const std::filesystem::path& target, const std::vector<std::string>& names);

/// Reads `source` (a model file) and writes model.onnx, preprocessing.json and example.py into `folder`, which is made.
/// `python` must have onnx, too. THROWS as import_weights.
void export_onnx(const std::filesystem::path& python, const std::filesystem::path& source,
                 const std::filesystem::path& folder);

}  // namespace unmask
