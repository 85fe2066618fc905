// What a call of CUDA's runtime or driver costs its caller, by the call's name.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace unmask {

/// kLaunch: kernels, graphs and fills. kWait: the host waits for the device, in a copy that isn't Async, too.
enum class GpuCall { kLaunch, kWait, kCopy, kAllocation };

/// By GpuCall.
constexpr std::array<const char*, 4> kGpuCallWords = {"launches", "waits", "copies", "allocations"};

/// `name` as CUPTI tells it: "cudaLaunchKernel_v7000", "cuMemcpyDtoHAsync_v2". Nothing: none of these.
inline std::optional<GpuCall> gpu_call(std::string_view name) {
  const auto has = [&](std::string_view part) { return name.find(part) != name.npos; };
  for (const std::string_view prefix : {"cuda", "cu"}) {
    if (!name.starts_with(prefix)) continue;
    name.remove_prefix(prefix.size());
    break;
  }
  if (has("Synchronize")) return GpuCall::kWait;
  if (name.starts_with("LaunchHostFunc")) return std::nullopt;
  if (name.starts_with("Launch") || name.starts_with("GraphLaunch") || name.starts_with("Memset"))
    return GpuCall::kLaunch;
  if (name.starts_with("Memcpy")) return has("Async") ? GpuCall::kCopy : GpuCall::kWait;
  for (const std::string_view start : {"Malloc", "MemAlloc", "HostAlloc", "MemHostAlloc", "MemCreate"}) {
    if (name.starts_with(start)) return GpuCall::kAllocation;
  }
  return std::nullopt;
}

}  // namespace unmask
