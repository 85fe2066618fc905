// Weights from and to torchvision's .pth files. A .pth is a Python pickle: reading it is left to PyTorch's own
// restricted reader (weights_only=True) in a process of its own, scripts/convert_weights.py. No torch in this header.
#pragma once

#include <filesystem>

namespace unmask {

/// Reads `source` (.pth) and writes `target` (safetensors, metadata "format" = "unmask.weights.1", "source_sha256").
/// `python`: an interpreter that has torch and safetensors (the checkout's .venv/bin/python).
/// THROWS Error(kData) with the converter's own message, kFailed if it cannot be started.
void import_weights(const std::filesystem::path& python, const std::filesystem::path& source,
                    const std::filesystem::path& target);

/// Reads `source` (a model or weights file of ours) and writes `target` (.pth, a state dict that torchvision's resnet18
/// loads with strict=True once its fc is the same head). THROWS as import_weights.
void export_weights(const std::filesystem::path& python, const std::filesystem::path& source,
                    const std::filesystem::path& target);

}  // namespace unmask
