// The GPUs that this process sees, and what they are. No CUDA header reaches whoever includes this.
#pragma once

#include <string>
#include <vector>

#include "base/words.h"

namespace unmask {

/// Where to compute. kAuto: on a GPU where one is usable.
enum class Device { kAuto, kCpu, kCuda };
constexpr auto words_of(Device) {
  using enum Device;
  return std::to_array<Word<Device>>({{"auto", kAuto}, {"cpu", kCpu}, {"cuda", kCuda}});
}

/// What there is to know before a GPU is used. Versions are CUDA's own: 13000 is 13.0; 0 is unknown.
struct GpuSight {
  int usable = 0;
  std::string why = {};  // what the driver said, where none is usable
  int driver = 0;        // newest CUDA that the driver runs
  int wanted = 0;        // CUDA that this program is built with
  std::string allocated =
      {};  // what says that this job has one: "CUDA_VISIBLE_DEVICES=0", "/dev/nvidia0"; empty: nothing
};
GpuSight look_for_gpus();

/// kCpu or kCuda. THROWS Error(kUsage) where a GPU is asked for or allocated and none is usable.
Device choose_device(Device asked, const GpuSight& sight);

/// Of one GPU, by its number among the visible ones.
struct GpuFacts {
  std::string name;  // "NVIDIA H100 80GB HBM3"
  std::string uuid;  // of the part of a GPU, where it is cut into parts
  int compute = 0;   // capability: 90 is 9.0
};
/// THROWS Error(kFailed).
GpuFacts gpu_facts(int number);

/// `uuids`: each rank's, empty for a rank without one.
/// THROWS Error(kUsage) naming the first two ranks on one GPU, and what to do.
void require_own_gpus(const std::vector<std::string>& uuids);

}  // namespace unmask
