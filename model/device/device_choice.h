// Where to compute: what a config asks for, and what that comes to on a machine. No torch here.
//
//   const Device device = choose_device(options.runtime.device, look_for_gpus());  // dist/gpus.h
//   if (device == Device::kCuda) …
#pragma once

#include "base/words.h"
#include "dist/gpu_sight.h"

namespace unmask {

/// kAuto: on a GPU where one is usable.
enum class Device { kAuto, kCpu, kCuda };
constexpr auto words_of(Device) {
  using enum Device;
  return std::to_array<Word<Device>>({{"auto", kAuto}, {"cpu", kCpu}, {"cuda", kCuda}});
}

/// kCpu or kCuda. THROWS Error(kUsage) where a GPU is asked for or allocated and none is usable.
Device choose_device(Device asked, const GpuSight& sight);

}  // namespace unmask
