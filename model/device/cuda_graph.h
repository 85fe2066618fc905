// A CUDA graph of operators on tensors. Compiled, never run on a GPU.
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <memory>

#include "model/device/compute_graph.h"

namespace unmask {

/// Where the tensors live that a recording makes: apart from all others, as each play writes them again.
class GraphMemory {
 public:
  virtual ~GraphMemory() = default;
  /// From now on what is made on `stream`, a cudaStream_t, is of this memory, until end().
  virtual void begin(void* stream) = 0;
  virtual void end() = 0;
};
/// One a graph; it lives as long.
using GraphMemoryMaker = std::function<std::unique_ptr<GraphMemory>()>;

/// For an NVIDIA GPU, after load_cuda(). `memory`: of LibTorch's allocator, but for tests.
/// Empty where UNMASK_CUDA_GRAPHS is 0.
GraphMaker cuda_graphs(const at::Device& gpu, GraphMemoryMaker memory = {});

}  // namespace unmask
