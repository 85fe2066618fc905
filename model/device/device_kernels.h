// Machine code of kernels of our own, compiled by NVRTC (of the CUDA wheels, no toolkit) and kept on disk.
// Needs no GPU.
//
//   const std::string cubin = kept_cubin(kernel_cache_folder(), source, "sm_90");
#pragma once

#include <filesystem>
#include <string>

namespace unmask {

/// "13.0"; empty where there is no NVRTC beside the CUDA runtime or on the loader's path.
const std::string& nvrtc_version();

/// `architecture`: "sm_80". Without fused multiply-add or fast-math. The same source gives the host's bits.
/// THROWS Error(kFailed) with the compiler's words.
std::string compile_cubin(const std::string& source, const std::string& architecture);
/// The same as text, PTX, for tests: it says how each operation on floats rounds.
std::string compile_ptx(const std::string& source, const std::string& architecture);

/// The same from a file of `folder`, named by the source's digest, NVRTC's version and the architecture. A file that is
/// missing or damaged is made (again); where that fails the code is compiled all the same. An empty folder: never kept.
std::string kept_cubin(const std::filesystem::path& folder, const std::string& source, const std::string& architecture);

/// $XDG_CACHE_HOME/unmask/kernels, or in ~/.cache; empty where neither is known.
std::filesystem::path kernel_cache_folder();

}  // namespace unmask
