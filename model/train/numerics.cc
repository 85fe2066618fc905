#include "model/train/numerics.h"

#include <ATen/Context.h>
#include <ATen/Version.h>
#include <gnu/libc-version.h>
#include <torch/version.h>

#include <cstdlib>
#include <fstream>

#include "base/error.h"
#include "base/instruction_set.h"
#include "dist/agreement.h"
#include "dist/gpus.h"
#include "model/device/device.h"
#include "model/device/probe.h"

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
    text += gpu_facts(gpu_of_local_rank(local_rank, sight.usable)).name + "; CUDA " + std::to_string(sight.wanted) +
            ", cuDNN " + std::to_string(hooks.versionRuntimeCuDNN());
  } else {
    text +=
        cpu_model() + "; " + at::get_cpu_capability() + "; threads " + std::to_string(options.train.threads_per_rank);
  }
  configure_torch(options.train.threads_per_rank, options.train.reproducible);
  const std::string digest =
      probe_digest(resolved.model, precision_from(resolved.train.precision, resolved.train.bf16_arithmetic), crop_px,
                   place_on(device, local_rank).device);
  return text + "; " + arithmetic_text(resolved.train) + "; bits " + digest.substr(0, 16);
}

std::vector<int> gpus_of_ranks(Communicator& world, const RuntimeOptions& runtime, int local_rank) {
  std::string mine;
  agree(world, "looking for GPUs", [&] {
    if (resolve_device(runtime.device) == Device::kCuda)
      mine = gpu_facts(gpu_of_local_rank(local_rank, look_for_gpus().usable)).uuid;
  });
  const std::vector<std::string> uuids = all_gather_text(world, mine);
  const char* share = std::getenv("UNMASK_SHARE_GPU");
  if (share != nullptr && std::string(share) == "1") return {};
  return number_gpus(uuids, runtime.ranks_per_gpu);
}

}  // namespace unmask
