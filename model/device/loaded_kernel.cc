#include "model/device/loaded_kernel.h"

#include <cuda.h>
#include <cuda_runtime_api.h>

#include <cstdio>
#include <memory>

#include "base/error.h"
#include "model/device/device_kernels.h"

namespace unmask {
namespace {

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

struct DriverKernel {
  decltype(&cuModuleLoadData) load = nullptr;
  decltype(&cuModuleUnload) unload = nullptr;
  decltype(&cuModuleGetFunction) get_function = nullptr;
  decltype(&cuLaunchKernel) launch = nullptr;
  CUmodule module = nullptr;
  CUfunction function = nullptr;
  DriverKernel() = default;
  DriverKernel(const DriverKernel&) = delete;
  ~DriverKernel() {
    if (module != nullptr) unload(module);
  }
};

}  // namespace

LoadedKernel load_kernel(int device, const std::string& source, const std::string& name,
                         const std::string& instead) try {
  const auto kernel = std::make_shared<DriverKernel>();
  int major = 0, minor = 0;
  const bool there = !nvrtc_version().empty() &&
                     cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device) == cudaSuccess &&
                     cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device) == cudaSuccess &&
                     find("cuModuleLoadData", kernel->load) && find("cuModuleUnload", kernel->unload) &&
                     find("cuModuleGetFunction", kernel->get_function) && find("cuLaunchKernel", kernel->launch);
  if (!there) {
    cudaGetLastError();  // or a later call would report it
    return {};
  }
  const std::string cubin =
      kept_cubin(kernel_cache_folder(), source, "sm_" + std::to_string(major) + std::to_string(minor));
  const auto check = [name](CUresult result, const std::string& what) {
    if (result == CUDA_SUCCESS) return;
    throw Error(ErrorKind::kFailed,
                "the GPU's kernel " + name + what + ": CUDA error " + std::to_string(static_cast<int>(result)));
  };
  check(kernel->load(&kernel->module, cubin.data()), " isn't loaded");
  check(kernel->get_function(&kernel->function, kernel->module, name.c_str()), " isn't found");
  return [kernel, check](unsigned blocks, unsigned threads, const void* parameter) {
    void* parameters[] = {const_cast<void*>(parameter)};
    check(kernel->launch(kernel->function, blocks, 1, 1, threads, 1, 1, 0, nullptr, parameters, nullptr),
          " doesn't start");
  };
} catch (const Error& error) {
  std::fprintf(stderr, "%s; %s\n", error.what(), instead.c_str());
  return {};
}

}  // namespace unmask
