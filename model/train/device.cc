#include "model/train/device.h"

#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <cpuid.h>
#include <malloc.h>
#include <torch/version.h>

#include <climits>
#include <fstream>

#include "base/error.h"
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

bool cpu_has_amx_bf16() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (edx >> 22 & 1) != 0;
}

}  // namespace

void configure_torch(int threads, bool reproducible) {
  at::set_num_threads(threads);
  at::globalContext().setDeterministicAlgorithms(reproducible, /*warn_only=*/true);
  // Or every new tensor would be filled with NaN first: a tenth of a step. Nothing here reads memory it has not written.
  at::globalContext().setDeterministicFillUninitializedMemory(false);
  at::globalContext().setBenchmarkCuDNN(!reproducible);
  at::globalContext().setDeterministicCuDNN(reproducible);
  // Activations and gradients come and go every step: fresh pages from the kernel each time cost more than the copy.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
}

std::string resolve_device(const std::string& device) {
  if (device == "cpu") return device;
  const bool has_gpu = at::hasCUDA() && at::detail::getCUDAHooks().deviceCount() > 0;
  if (device == "cuda" || has_gpu) {
    throw Error(ErrorKind::kUsage, std::string("runtime.device = \"") + device + "\": " +
                                       (has_gpu ? "a GPU is visible, but training on it is not built yet"
                                                : "no usable GPU is visible, and training on one is not built yet") +
                                       "; set runtime.device = \"cpu\"");
  }
  return "cpu";
}

std::string resolve_precision(const std::string& precision, const std::string& device) {
  if (precision == "fp16" && device == "cpu") {
    throw Error(ErrorKind::kUsage, "train.precision = \"fp16\" needs a GPU; use \"bf16\" or \"fp32\"");
  }
  if (precision != "auto") return precision;
  return device == "cuda" || cpu_has_amx_bf16() ? "bf16" : "fp32";
}

std::string numerics_class(const TrialOptions& options) {
  return std::string("torch ") + TORCH_VERSION + "; " + cpu_model() + "; " + at::get_cpu_capability() + "; threads " +
         std::to_string(options.train.threads_per_rank) + "; " + options.train.precision;
}

}  // namespace unmask
