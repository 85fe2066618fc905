#include "model/device/device_kernels.h"

#include <cuda_runtime_api.h>
#include <dlfcn.h>
#include <nvrtc.h>

#include <array>
#include <cstdlib>
#include <optional>
#include <type_traits>

#include "base/digest.h"
#include "base/durable_file.h"
#include "base/error.h"
#include "model/device/library_beside.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

constexpr std::array kOptions = {"--fmad=false", "--std=c++17"};
constexpr std::size_t kDigestChars = 32, kLargestCubin = 64 << 20;

struct Nvrtc {
  decltype(&nvrtcVersion) version = nullptr;
  decltype(&nvrtcCreateProgram) create = nullptr;
  decltype(&nvrtcDestroyProgram) destroy = nullptr;
  decltype(&nvrtcCompileProgram) compile = nullptr;
  decltype(&nvrtcGetCUBINSize) cubin_size = nullptr;
  decltype(&nvrtcGetCUBIN) cubin = nullptr;
  decltype(&nvrtcGetPTXSize) ptx_size = nullptr;
  decltype(&nvrtcGetPTX) ptx = nullptr;
  decltype(&nvrtcGetProgramLogSize) log_size = nullptr;
  decltype(&nvrtcGetProgramLog) log = nullptr;
  std::string version_text;  // empty: it isn't there
};

template <class Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

Nvrtc load_nvrtc() {
  const std::string name = "libnvrtc.so." + std::to_string(CUDART_VERSION / 1000);
  void* library = open_beside(&cudaGetErrorString, name, RTLD_NOW | RTLD_LOCAL);
  Nvrtc nvrtc;
  if (library == nullptr) return nvrtc;
  const bool whole =
      find(library, "nvrtcVersion", nvrtc.version) && find(library, "nvrtcCreateProgram", nvrtc.create) &&
      find(library, "nvrtcDestroyProgram", nvrtc.destroy) && find(library, "nvrtcCompileProgram", nvrtc.compile) &&
      find(library, "nvrtcGetCUBINSize", nvrtc.cubin_size) && find(library, "nvrtcGetCUBIN", nvrtc.cubin) &&
      find(library, "nvrtcGetPTXSize", nvrtc.ptx_size) && find(library, "nvrtcGetPTX", nvrtc.ptx) &&
      find(library, "nvrtcGetProgramLogSize", nvrtc.log_size) && find(library, "nvrtcGetProgramLog", nvrtc.log);
  int major = 0, minor = 0;
  if (whole && nvrtc.version(&major, &minor) == NVRTC_SUCCESS)
    nvrtc.version_text = std::to_string(major) + '.' + std::to_string(minor);
  return nvrtc;
}

const Nvrtc& nvrtc() {
  static const Nvrtc loaded = load_nvrtc();
  return loaded;
}

using TakeSize = decltype(&nvrtcGetCUBINSize);
using TakeCode = decltype(&nvrtcGetCUBIN);

/// The code that these two take.
std::string compiled(const std::string& source, const std::string& architecture, TakeSize take_size,
                     TakeCode take_code) {
  const auto failed = [&](const std::string& why) {
    return Error(ErrorKind::kFailed, "a GPU kernel for " + architecture + " doesn't compile: " + why);
  };
  const Nvrtc& compiler = nvrtc();
  if (compiler.version_text.empty()) throw failed("NVRTC isn't there");
  nvrtcProgram program = nullptr;
  if (compiler.create(&program, source.c_str(), "unmask.cu", 0, nullptr, nullptr) != NVRTC_SUCCESS)
    throw failed("NVRTC makes no program");
  const std::unique_ptr<nvrtcProgram, void (*)(nvrtcProgram*)> owned(&program,
                                                                     [](nvrtcProgram* made) { nvrtc().destroy(made); });
  const std::string target = "--gpu-architecture=" + architecture;
  std::vector<const char*> options(kOptions.begin(), kOptions.end());
  options.push_back(target.c_str());
  std::size_t size = 0;
  if (compiler.compile(program, static_cast<int>(options.size()), options.data()) != NVRTC_SUCCESS) {
    compiler.log_size(program, &size);
    std::string log(size, '\0');
    if (size > 0) compiler.log(program, log.data());
    throw failed(log);
  }
  take_size(program, &size);
  std::string code(size, '\0');
  if (size == 0 || take_code(program, code.data()) != NVRTC_SUCCESS) throw failed("NVRTC gives no code");
  return code;
}

/// The code in a file of ours: its digest in hex, then itself.
std::optional<std::string> read_cubin(const fs::path& file) try {
  std::string text = read_text_file(file, kLargestCubin);
  if (text.size() <= kDigestChars) return std::nullopt;
  const std::string digest = text.substr(0, kDigestChars);
  text.erase(0, kDigestChars);
  if (to_hex(digest128(std::as_bytes(std::span(text)))) != digest) return std::nullopt;
  return text;
} catch (const Error&) {
  return std::nullopt;
}

}  // namespace

const std::string& nvrtc_version() { return nvrtc().version_text; }

std::string compile_cubin(const std::string& source, const std::string& architecture) {
  return compiled(source, architecture, nvrtc().cubin_size, nvrtc().cubin);
}

std::string compile_ptx(const std::string& source, const std::string& architecture) {
  return compiled(source, architecture, nvrtc().ptx_size, nvrtc().ptx);
}

std::string kept_cubin(const fs::path& folder, const std::string& source, const std::string& architecture) {
  if (folder.empty()) return compile_cubin(source, architecture);
  std::string key = source;
  for (const char* option : kOptions) key.append("\n").append(option);
  const fs::path file = folder / (to_hex(digest128(std::as_bytes(std::span(key)))) + "-nvrtc" + nvrtc_version() + '-' +
                                  architecture + ".cubin");
  if (std::optional<std::string> kept = read_cubin(file)) return *std::move(kept);
  std::string cubin = compile_cubin(source, architecture);
  try {
    fs::create_directories(folder);
    replace_file(file, to_hex(digest128(std::as_bytes(std::span(cubin)))) + cubin);
  } catch (const std::exception&) {
    // A disk that is full or read-only costs a compilation the next time, no more.
  }
  return cubin;
}

fs::path kernel_cache_folder() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return fs::path(value == nullptr ? "" : value);
  };
  if (const fs::path cache = variable("XDG_CACHE_HOME"); !cache.empty()) return cache / "unmask" / "kernels";
  if (const fs::path home = variable("HOME"); !home.empty()) return home / ".cache" / "unmask" / "kernels";
  return {};
}

}  // namespace unmask
