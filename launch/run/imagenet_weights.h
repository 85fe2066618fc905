// What model.init = "imagenet" stands for: torchvision's weights of the network, imported once.
//
//   config.trial.model.init = imagenet_weights(published_weights(Architecture::kResnet18), "weights").string();
#pragma once

#include <filesystem>

#include "model/network_shapes.h"

namespace unmask {

/// The imported weights in `folder` (safetensors). Where they aren't, the .pth is looked for in `folder` and then where
/// PyTorch keeps what it has downloaded ($TORCH_HOME/hub/checkpoints), and imported into `folder`. Nothing is
/// downloaded. THROWS Error: kUsage with the address, the hash and the command where the file is nowhere; kData where
/// it is another.
std::filesystem::path imagenet_weights(const PublishedWeights& weights, const std::filesystem::path& folder);

}  // namespace unmask
