// The sums of a step in a device's memory, by a kernel of our own or by ATen: the same bits as make_host_sums of
// dist/step_sums.h gives. Also runs on CPU tensors, where it is tested.
#pragma once

#include <ATen/ATen.h>

#include <memory>

#include "dist/step_sums.h"
#include "model/device/sum_batches.h"

namespace unmask {

/// Everything is enqueued on the device's current stream of the calling thread, which must be the same for all calls of
/// a step. A bucket is waited for by an event, so that the thread that sums it runs beside backward, on the
/// communicator's own stream. Fixed-point sums take `launcher`, which must enqueue on that stream, or none's: on CUDA
/// cuda_sum_launcher's, where it can be had and the stream is the default one, else ATen's operations. A launcher's
/// gradients wait until their bucket is complete, where they have an owner.
std::unique_ptr<StepSums> make_device_sums(const StepSumsPlan& plan, const at::Device& device,
                                           SumLauncher launcher = {});

}  // namespace unmask
