#include "model/device/sum_launcher.h"

#include "model/device/loaded_kernel.h"

namespace unmask {

const std::string& sum_kernel_source() {
  static const std::string source =
#include <sum_kernel_text.inc>
      ;
  return source;
}

SumLauncher cuda_sum_launcher(int device) {
  const LoadedKernel kernel = load_kernel(device, sum_kernel_source(), "sum_batch", "sums are made by ATen");
  if (!kernel) return {};
  return [kernel](const SumBatch& batch, unsigned blocks) { kernel(blocks, kSumThreads, &batch); };
}

}  // namespace unmask
