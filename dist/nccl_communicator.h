// Communicator over NCCL: sums and broadcasts in device memory, small things through a host communicator.
// Builds without a CUDA toolkit, from the wheels' headers; needs a GPU and its driver only when one is made.
//
//   const auto gpus = make_nccl_communicator(*world, {.local_rank = runtime.local_rank()});  // on every rank
//   gpus->all_reduce_sum(std::span(on_device, 1000));  // memory of this rank's GPU; done when it returns
//   gpus->close();
#pragma once

#include <memory>
#include <string>

#include "dist/communicator.h"
#include "dist/kept_communicator.h"

namespace unmask {

struct NcclCommunicatorOptions {
  int local_rank = 0;     // its GPU: gpu_of_local_rank() of dist/gpu_sight.h
  double timeout_s = 60;  // of a collective; of starting up a fifth
};

/// COLLECTIVE over `host`, which it duplicates. Either all ranks get a communicator or all THROW the same
/// AgreedError with all reasons, and `host` is as it was.
/// Memory given to all_reduce_sum and broadcast is on the device and ready: what wrote it has been waited for. The
/// calls return when the result is there. Sizes are not compared between ranks, which would cost as much as a small
/// sum: GradientReducer compares its plan once. Two ranks on one GPU are refused by NCCL. interrupt() ends this rank's
/// call with PeerLost and leaves nothing on its GPU; peers that wait for it go on until they are interrupted, too.
/// What CUDA or NCCL meets in a sum is a DeviceLost; peers learn of it by raise_alarm(), which goes over `host`'s
/// duplicate, and what was NCCL's is dropped by each rank for itself.
std::unique_ptr<Communicator> make_nccl_communicator(Communicator& host, NcclCommunicatorOptions options);

/// Makes one for each group, where a watchdog names who is missing after `watchdog_s`.
KeptCommunicator::Make nccl_communicators(int local_rank, double watchdog_s);

}  // namespace unmask
