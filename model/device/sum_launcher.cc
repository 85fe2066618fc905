#include "model/device/sum_launcher.h"

#include <cuda.h>
#include <cuda_runtime_api.h>

#include <cstdio>
#include <memory>

#include "base/error.h"
#include "model/device/device_kernels.h"

namespace unmask {
namespace {

struct Driver {
  decltype(&cuModuleLoadData) load = nullptr;
  decltype(&cuModuleUnload) unload = nullptr;
  decltype(&cuModuleGetFunction) function = nullptr;
  decltype(&cuLaunchKernel) launch = nullptr;
};

/// By the runtime, so that nothing links the driver.
template <class Function>
bool find(const char* name, Function& function) {
  void* found = nullptr;
  cudaDriverEntryPointQueryResult state{};
  const bool done =
      cudaGetDriverEntryPointByVersion(name, &found, CUDART_VERSION, cudaEnableDefault, &state) == cudaSuccess &&
      state == cudaDriverEntryPointSuccess && found != nullptr;
  if (done) function = reinterpret_cast<Function>(found);
  return done;
}

struct LoadedKernel {
  Driver driver;
  CUmodule module = nullptr;
  CUfunction function = nullptr;
  LoadedKernel() = default;
  LoadedKernel(const LoadedKernel&) = delete;
  ~LoadedKernel() {
    if (module != nullptr) driver.unload(module);
  }
};

}  // namespace

const std::string& sum_kernel_source() {
  static const std::string source =
#include <sum_kernel_text.inc>
      ;
  return source;
}

SumLauncher cuda_sum_launcher(int device) try {
  const auto kernel = std::make_shared<LoadedKernel>();
  Driver& driver = kernel->driver;
  int major = 0, minor = 0;
  const bool there = !nvrtc_version().empty() &&
                     cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device) == cudaSuccess &&
                     cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device) == cudaSuccess &&
                     find("cuModuleLoadData", driver.load) && find("cuModuleUnload", driver.unload) &&
                     find("cuModuleGetFunction", driver.function) && find("cuLaunchKernel", driver.launch);
  if (!there) {
    cudaGetLastError();  // or a later call would report it
    return {};
  }
  const std::string cubin =
      kept_cubin(kernel_cache_folder(), sum_kernel_source(), "sm_" + std::to_string(major) + std::to_string(minor));
  if (driver.load(&kernel->module, cubin.data()) != CUDA_SUCCESS) return {};
  if (driver.function(&kernel->function, kernel->module, "sum_batch") != CUDA_SUCCESS) return {};
  return [kernel](const SumBatch& batch, unsigned blocks) {
    void* parameters[] = {const_cast<SumBatch*>(&batch)};
    const CUresult result =
        kernel->driver.launch(kernel->function, blocks, 1, 1, kSumThreads, 1, 1, 0, nullptr, parameters, nullptr);
    if (result == CUDA_SUCCESS) return;
    throw Error(ErrorKind::kFailed,
                "the GPU's kernel of sums doesn't start: CUDA error " + std::to_string(static_cast<int>(result)));
  };
} catch (const Error& error) {
  std::fprintf(stderr, "%s; sums are made by ATen\n", error.what());
  return {};
}

}  // namespace unmask
