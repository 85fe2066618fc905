// NCCL and the CUDA runtime, as far as NcclCommunicator calls them, over host memory: link fake_nccl.cc in their place.
// Ranks are threads of one process. Like the real ones: calls return before their work is done, all ranks must come, a
// rank that aborts leaves its peers waiting, a device that has failed says so in every call, finalizing waits for all.
#pragma once

#include <atomic>

namespace unmask::test_support {

struct FakeNccl {
  /// As if this device failed: cudaGetDeviceCount gives none,
  /// or an asynchronous error comes from the next operation on.
  std::atomic<bool> no_gpu = false, async_error = false;
  std::atomic<int> no_start_on = -1;    // ncclCommInitRankConfig fails on this rank
  std::atomic<int> broken_device = -1;  // its context is gone: an illegal memory access
  std::atomic<int> inits = 0;           // calls of ncclCommInitRankConfig
  std::atomic<int> live_communicators = 0, live_streams = 0;
};
FakeNccl& fake_nccl();

}  // namespace unmask::test_support
