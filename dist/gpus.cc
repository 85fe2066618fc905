#include "dist/gpus.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <dlfcn.h>

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

/// Its header isn't in the wheels; these have been so since NVML's version 2.
std::string release_by_nvml() {
  void* const nvml = ::dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
  if (nvml == nullptr) return "";
  const auto start = reinterpret_cast<int (*)()>(::dlsym(nvml, "nvmlInit_v2"));
  const auto release = reinterpret_cast<int (*)(char*, unsigned)>(::dlsym(nvml, "nvmlSystemGetDriverVersion"));
  const auto stop = reinterpret_cast<int (*)()>(::dlsym(nvml, "nvmlShutdown"));
  char text[81] = "";  // its longest, and the end
  if (start != nullptr && release != nullptr && stop != nullptr && start() == 0) {
    if (release(text, sizeof text - 1) != 0) text[0] = '\0';
    stop();
  }
  ::dlclose(nvml);
  return text;
}

}  // namespace

std::string driver_release(const std::string& proc) {
  std::ifstream file(proc + "/version");
  for (std::string word; file >> word;) {  // "… Kernel Module  550.54.15  …"
    if (word.find('.') != std::string::npos && word.find_first_not_of("0123456789.") == std::string::npos) return word;
  }
  return release_by_nvml();
}

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
  sight.release = driver_release();
  sight.allocated = allocation();
  return sight;
}

std::string with_driver(const std::string& text) {
  if (text.find("CUDA error") == std::string::npos) return text;
  return text + "; " + driver_text(look_for_gpus());
}

std::string gpu_fault(int local_rank) {
  int usable = 0;
  cudaError_t code = cudaGetDeviceCount(&usable);
  if (code == cudaSuccess) code = cudaSetDevice(gpu_of_local_rank(local_rank, usable));
  if (code == cudaSuccess) code = cudaDeviceSynchronize();
  return code == cudaSuccess ? "" : std::string("CUDA: ") + cudaGetErrorString(code);
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
    throw Error(ErrorKind::kFailed, "GPU " + std::to_string(number) + ": " + cudaGetErrorString(code) + "; " +
                                        driver_text(look_for_gpus()));
  GpuFacts facts{properties.name, "", properties.major * 10 + properties.minor};
  for (const char byte : properties.uuid.bytes) {
    char hex[3];
    std::snprintf(hex, sizeof hex, "%02x", static_cast<unsigned char>(byte));
    facts.uuid += hex;
  }
  return facts;
}

}  // namespace unmask
