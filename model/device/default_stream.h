// The stream that kernels of our own are launched on (loaded_kernel.h): tensors of another would not wait for them.
#pragma once

#include <ATen/ATen.h>
#include <c10/core/impl/VirtualGuardImpl.h>

namespace unmask {

/// Is it the calling thread's current stream on `device`? Always on a CPU.
inline bool on_default_stream(const at::Device& device) {
  return device.is_cpu() || c10::impl::VirtualGuardImpl(device.type()).getStream(device).id() == 0;
}

}  // namespace unmask
