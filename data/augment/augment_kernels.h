// The pixel loops of augmentation, once for every instruction set. All give the same bits: each pixel goes through the
// same single-precision operations in the same order (none fused), and the one sum over pixels is an integer.
#pragma once

#include <cstdint>

#include "base/instruction_set.h"
#include "data/augment/augment_geometry.h"
#include "data/augment/augment_plan.h"

namespace unmask {

/// What one crop's loops work on.
struct AugmentWork {
  int px = 0;
  const std::uint32_t* padded = nullptr;  // RGBX pixels, rows of `padded_px`, a black border of 1 before and 2 after
  int padded_px = 0;
  float* planes = nullptr;         // scratch: [px, 3, px]
  float* output = nullptr;         // [px, px, 3]
  const RowSpan* spans = nullptr;  // one per row
  double to_padded[9] = {};        // output pixel centre → position in `padded`
  float brightness = 1, contrast = 1, saturation = 1;
  EraseBox erase;
  float multiply[3] = {}, subtract[3] = {};  // normalisation: value * multiply - subtract
};

struct AugmentKernels {
  /// Warps and scales brightness into planes; returns the sum over pixels of the grey value times 256, rounded.
  std::int64_t (*warp)(const AugmentWork&);
  /// Contrast about `mean`, saturation, erasing, normalisation: planes → output.
  void (*colour)(const AugmentWork&, float mean);
};

/// Each in a file of its own, built for its instruction set; null where the compiler doesn't target it.
const AugmentKernels* augment_kernels_avx2();
const AugmentKernels* augment_kernels_avx512();
/// What augment() takes; a test or a bench may force another.
Dispatch<AugmentKernels>& augment_kernels();

}  // namespace unmask
