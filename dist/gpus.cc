#include "dist/gpus.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include <cuda_runtime_api.h>

#include "base/error.h"

namespace unmask {
namespace {

/// GPUs may be hidden on purpose: CUDA_VISIBLE_DEVICES is there, but names none.
bool hidden() {
  const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
  if (visible == nullptr) return false;
  const std::string text = visible;
  return text.empty() || text == "-1" || text == "NoDevFiles";
}

std::string allocation() {
  if (hidden()) return "";
  for (const char* name : {"CUDA_VISIBLE_DEVICES", "SLURM_JOB_GPUS", "SLURM_STEP_GPUS"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return std::string(name) + "=" + value;
  }
  std::error_code none;
  for (int i = 0; i < 16; ++i) {
    std::string file = "/dev/nvidia" + std::to_string(i);
    if (std::filesystem::exists(file, none)) return file;
  }
  return "";
}

}  // namespace

GpuSight look_for_gpus() {
  GpuSight sight;
  const cudaError_t code = cudaGetDeviceCount(&sight.usable);
  if (code != cudaSuccess) {
    sight.usable = 0;
    sight.why = cudaGetErrorString(code);
    cudaGetLastError();  // or the next call would report it again
  }
  if (cudaDriverGetVersion(&sight.driver) != cudaSuccess) sight.driver = 0;
  if (cudaRuntimeGetVersion(&sight.wanted) != cudaSuccess) sight.wanted = CUDART_VERSION;
  sight.allocated = allocation();
  return sight;
}

bool mps_listens() {
  const char* folder = std::getenv("CUDA_MPS_PIPE_DIRECTORY");
  std::error_code ignored;
  return std::filesystem::exists(std::filesystem::path(folder != nullptr ? folder : "/tmp/nvidia-mps") / "control",
                                 ignored);
}

GpuFacts gpu_facts(int number) {
  cudaDeviceProp properties{};
  const cudaError_t code = cudaGetDeviceProperties(&properties, number);
  if (code != cudaSuccess)
    throw Error(ErrorKind::kFailed, "GPU " + std::to_string(number) + ": " + cudaGetErrorString(code));
  GpuFacts facts{properties.name, "", properties.major * 10 + properties.minor};
  for (const char byte : properties.uuid.bytes) {
    char hex[3];
    std::snprintf(hex, sizeof hex, "%02x", static_cast<unsigned char>(byte));
    facts.uuid += hex;
  }
  return facts;
}

}  // namespace unmask
