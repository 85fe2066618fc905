// crop_kernel.h by the host: what a GPU's block does, thread after thread.
#pragma once

#include "model/device/crop_kernel.h"

namespace unmask {

inline void make_crops_on_host(const CropLaunch& launch, unsigned threads = kCropThreads) {
  for (unsigned crop = 0; crop < launch.crops; ++crop) {
    unsigned long grey_sum = 0;
    for (unsigned thread = 0; thread < threads; ++thread) grey_sum += grey_sum_of(launch, crop, thread, threads);
    for (unsigned thread = 0; thread < threads; ++thread) write_crop(launch, crop, grey_sum, thread, threads);
  }
}

}  // namespace unmask
