// The process-wide settings of LibTorch that the same bits depend on.
#pragma once

namespace unmask {

/// Threads, deterministic algorithms, no autotuning, and an allocator that keeps its memory. Before any tensor is made.
void configure_torch(int threads, bool reproducible);

}  // namespace unmask
