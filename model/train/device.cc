#include "model/train/device.h"

#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <gnu/libc-version.h>
#include <malloc.h>
#include <torch/version.h>

#include <climits>
#include <cstdlib>
#include <fstream>

#include "base/error.h"
#include "base/instruction_set.h"
#include "dist/agreement.h"
#include "dist/gpus.h"
#include "dist/nccl_communicator.h"
#include "model/train/device_crops.h"
#include "model/train/device_sums.h"
#include "model/train/probe.h"
#include "model/train/trainer.h"

namespace unmask {
namespace {

std::string cpu_model() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown CPU";
}

}  // namespace

void configure_torch(int threads, bool reproducible) {
  at::set_num_threads(threads);
  at::globalContext().setDeterministicAlgorithms(reproducible, /*warn_only=*/true);
  // Or every new tensor would be filled with NaN first: a tenth of a step. Nothing here reads memory it has not written.
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

std::unique_ptr<Communicator> ComputePlace::communicator(Communicator& group, int local_rank, double timeout_s) const {
  if (!device.is_cuda() || group.world() == 1) return nullptr;
  // The watchdog names who is missing after timeout_s; this is for what it doesn't see.
  return make_nccl_communicator(group, {.local_rank = local_rank, .timeout_s = 10 * timeout_s});
}

void ComputePlace::place_sums(ReducerOptions& options) const {
  if (!by_tensors) return;
  options.make_sums = [device = device](const StepSumsPlan& plan) { return make_device_sums(plan, device); };
}

std::int64_t ComputePlace::memory_failures() const {
  return device.is_cpu() ? 0 : at::getDeviceAllocator(device.type())->getDeviceStats(device.index()).num_ooms;
}

ComputePlace place_on(Device device, int local_rank) {
  if (device == Device::kCpu) return {};
  at::globalContext().lazyInitDevice(at::kCUDA);
  const at::Device gpu(at::kCUDA, static_cast<at::DeviceIndex>(local_rank % visible_gpus()));
  c10::impl::VirtualGuardImpl(at::kCUDA).setDevice(gpu);  // for all that this thread does without naming one
  return {gpu, true};
}

Device resolve_device(Device device) {
  return device == Device::kCpu ? device : choose_device(device, look_for_gpus());
}

void resolve_arithmetic(TrainOptions& train, Device device) {
  const bool cpu = device == Device::kCpu;
  if (train.precision == TrainPrecision::kFp16 && cpu) {
    throw Error(ErrorKind::kUsage, "train.precision = \"fp16\" needs a GPU; use \"bf16\" or \"fp32\"");
  }
  if (train.bf16_arithmetic == Bf16Arithmetic::kF32 && !cpu) {
    throw Error(ErrorKind::kUsage,
                "train.bf16_arithmetic = \"f32\" is a CPU's way; a GPU takes \"native\" or \"auto\"");
  }
  const bool native_is_faster = !cpu || multiplies_bf16_faster(this_processor());
  using enum TrainPrecision;
  if (train.precision == kAuto) {
    if (cpu) {
      train.precision = native_is_faster && train.bf16_arithmetic != Bf16Arithmetic::kF32 ? kBf16 : kFp32;
    } else {
      train.precision = gpu_facts(0).compute >= 80 ? kBf16 : kFp16;
    }
  }
  if (train.bf16_arithmetic == Bf16Arithmetic::kAuto) {
    train.bf16_arithmetic = native_is_faster ? Bf16Arithmetic::kNative : Bf16Arithmetic::kF32;
  }
}

std::string arithmetic_text(const TrainOptions& train) {
  const std::string products =
      train.precision == TrainPrecision::kBf16 ? ", products " + to_word(train.bf16_arithmetic) : "";
  return to_word(train.precision) + products;
}

std::string numerics_class(const TrialOptions& options, int crop_px, int local_rank) {
  const Device device = resolve_device(options.runtime.device);
  TrialOptions resolved = options;
  resolve_arithmetic(resolved.train, device);
  std::string text = "torch " TORCH_VERSION "; glibc ";
  text.append(gnu_get_libc_version()).append("; ");
  if (device == Device::kCuda) {
    const GpuSight sight = look_for_gpus();
    const auto& hooks = at::detail::getCUDAHooks();
    text += gpu_facts(local_rank % sight.usable).name + "; CUDA " + std::to_string(sight.wanted) + ", cuDNN " +
            std::to_string(hooks.versionRuntimeCuDNN());
  } else {
    text +=
        cpu_model() + "; " + at::get_cpu_capability() + "; threads " + std::to_string(options.train.threads_per_rank);
  }
  configure_torch(options.train.threads_per_rank, options.train.reproducible);
  const std::string digest = probe_digest(resolved, crop_px, place_on(device, local_rank).device);
  return text + "; " + arithmetic_text(resolved.train) + "; bits " + digest.substr(0, 16);
}

void require_own_gpu(Communicator& world, Device device, int local_rank) {
  std::string mine;
  agree(world, "looking for GPUs", [&] {
    if (resolve_device(device) == Device::kCuda) mine = gpu_facts(local_rank % look_for_gpus().usable).uuid;
  });
  const std::vector<std::string> uuids = all_gather_text(world, mine);
  const char* share = std::getenv("UNMASK_SHARE_GPU");
  if (share == nullptr || std::string(share) != "1") require_own_gpus(uuids);
}

}  // namespace unmask
