// Memory of CPU tensors that is kept and handed out again. A training step asks for the same blocks again and again;
// giving them back to the kernel costs a page fault for every 4 KiB of every activation.
#pragma once

#include <filesystem>
#include <functional>

namespace unmask {

/// From now on CPU tensors of this process take their memory here. Call before the first tensor is made; calling again
/// does nothing. Blocks of 1 MiB and more are kept; what is kept and not in use stays below the most that was in use,
/// and is given back where `new` finds no room. A block for which the memory cgroup or the machine has no room is
/// refused by an Error of cause kMemory, before the kernel kills the process. `root`: as MemoryLimits has it.
void keep_tensor_memory(const std::filesystem::path& root = "/");

/// Runs `work`. LibTorch's exception where a device is out of memory becomes an Error of the same words,
/// with that cause.
void with_memory_errors(const std::function<void()>& work);

}  // namespace unmask
