#include "model/device/device.h"

#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>
#include <malloc.h>

#include <climits>
#include <cstdlib>

#include "base/error.h"
#include "dist/gpu_sight.h"
#include "dist/gpus.h"
#include "model/device/cuda_graph.h"
#include "model/device/device_crops.h"
#include "model/device/device_sums.h"
#include "model/device/library_beside.h"
#include "model/network.h"

namespace unmask {

void configure_torch(int threads, bool reproducible) {
  at::set_num_threads(threads);
  at::globalContext().setDeterministicAlgorithms(reproducible, /*warn_only=*/true);
  // Or every new tensor would be filled with NaN first: a tenth of a step.
  // Nothing here reads memory it has not written.
  at::globalContext().setDeterministicFillUninitializedMemory(false);
  at::globalContext().setBenchmarkCuDNN(!reproducible);
  at::globalContext().setDeterministicCuDNN(reproducible);
  // Read when cuBLAS starts: each stream's own room, so that no sum depends on what runs beside it.
  ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
  at::globalContext().setAllowTF32CuBLAS(false);
  at::globalContext().setAllowTF32CuDNN(false);
  at::globalContext().setAllowFP16ReductionCuBLAS(false);
  at::globalContext().setAllowBF16ReductionCuBLAS(false);
  // Activations and gradients come and go every step: fresh pages from the kernel each time cost more than the copy.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
}

ByteMemory ComputePlace::bytes() const { return by_tensors ? byte_memory(device) : nullptr; }

at::Tensor ComputePlace::images(const CropBatch& batch, int crop_px, Precision precision,
                                const at::Tensor& into) const {
  return images_on(device, batch, crop_px, activation_type(precision), make_crops, into);
}

std::unique_ptr<Communicator> ComputePlace::communicator(Communicator& group, KeptCommunicator& kept) const {
  if (by_tensors && group.world() > 1) return kept.lend(group);
  kept.let_go();  // it takes memory of the GPU
  return nullptr;
}

void ComputePlace::place_sums(ReducerOptions& options) const {
  if (!by_tensors) return;
  options.make_sums = [device = device](const StepSumsPlan& plan) { return make_device_sums(plan, device); };
}

std::int64_t ComputePlace::memory_failures() const {
  return device.is_cpu() ? 0 : at::getDeviceAllocator(device.type())->getDeviceStats(device.index()).num_ooms;
}

void load_cuda() {
  if (open_beside(&at::set_num_threads, "libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) != nullptr) return;
  throw Error(ErrorKind::kFailed, std::string("LibTorch's part for GPUs can't be loaded: ") + ::dlerror() +
                                      "; wanted: PyPI's package torch for CUDA, whole, or runtime.device = \"cpu\"");
}

ComputePlace place_on(Device device, int local_rank) {
  if (device == Device::kCpu) return {};
  load_cuda();
  at::globalContext().lazyInitDevice(at::kCUDA);
  const at::Device gpu(at::kCUDA, static_cast<at::DeviceIndex>(gpu_of_local_rank(local_rank, look_for_gpus().usable)));
  c10::impl::VirtualGuardImpl(at::kCUDA).setDevice(gpu);  // for all that this thread does without naming one
  return {gpu, true, cuda_crop_launcher(gpu.index()), cuda_graphs(gpu)};
}

}  // namespace unmask
