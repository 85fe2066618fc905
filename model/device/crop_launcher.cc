#include "model/device/crop_launcher.h"

#include "model/device/loaded_kernel.h"

namespace unmask {

const std::string& crop_kernel_source() {
  static const std::string source =
#include <crop_kernel_text.inc>
      ;
  return source;
}

CropLauncher cuda_crop_launcher(int device) {
  const LoadedKernel kernel = load_kernel(device, crop_kernel_source(), "crop_batch", "crops are made by ATen");
  if (!kernel) return {};
  return [kernel](const CropLaunch& launch) { kernel(launch.crops, kCropThreads, &launch); };
}

}  // namespace unmask
