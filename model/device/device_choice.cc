#include "model/device/device_choice.h"

#include "base/error.h"

namespace unmask {

Device choose_device(Device asked, const GpuSight& sight) {
  if (asked == Device::kCpu) return asked;
  if (sight.usable > 0) return Device::kCuda;
  if (asked == Device::kAuto && sight.allocated.empty()) return Device::kCpu;
  std::string text = "runtime.device = \"" + to_word(asked) + "\": ";
  text += sight.allocated.empty() ? "no usable GPU is visible"
                                  : "a GPU is here (" + sight.allocated + "), but can't be used";
  if (!sight.why.empty()) text += ": " + sight.why;
  const std::string mend =
      driver_is_too_old(sight) ? "update it, build with an older LibTorch (docs/gpu.md)" : "mend that";
  throw Error(ErrorKind::kUsage, text + "; " + driver_text(sight) + "; " + mend + ", or set runtime.device = \"cpu\"");
}

}  // namespace unmask
