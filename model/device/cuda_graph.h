// A CUDA graph of operators on tensors. Compiled, never run on a GPU.
#pragma once

#include <ATen/ATen.h>

#include "model/device/compute_graph.h"

namespace unmask {

/// For an NVIDIA GPU, after load_cuda(). Empty where UNMASK_CUDA_GRAPHS is 0.
GraphMaker cuda_graphs(const at::Device& gpu);

}  // namespace unmask
