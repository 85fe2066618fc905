#include "model/device/device_choice.h"

#include "base/error.h"

namespace unmask {
namespace {

std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

}  // namespace

Device choose_device(Device asked, const GpuSight& sight) {
  if (asked == Device::kCpu) return asked;
  if (sight.usable > 0) return Device::kCuda;
  if (asked == Device::kAuto && sight.allocated.empty()) return Device::kCpu;
  std::string text = "runtime.device = \"" + to_word(asked) + "\": ";
  text += sight.allocated.empty() ? "no usable GPU is visible"
                                  : "a GPU is here (" + sight.allocated + "), but can't be used";
  if (!sight.why.empty()) text += ": " + sight.why;
  text += sight.driver > 0 ? "; the driver runs CUDA " + version_text(sight.driver) : "; no driver was found";
  text += ", wanted is CUDA " + version_text(sight.wanted) + " or newer";
  throw Error(ErrorKind::kUsage, text + "; mend that, or set runtime.device = \"cpu\"");
}

}  // namespace unmask
