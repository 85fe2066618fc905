// Crops as a device takes them, drawn, for tests.
#pragma once

#include <ATen/ATen.h>

#include <span>
#include <vector>

#include "base/philox.h"
#include "model/device/device_crops.h"

namespace unmask {

/// `n` crops, real and fake in turns, with draws of (5, number, place); a function of its arguments.
inline CropBatch byte_batch(int px, std::uint32_t number, int n, bool training) {
  CropBatch batch;
  const std::size_t bytes =
      static_cast<std::size_t>(n) * static_cast<std::size_t>(px) * static_cast<std::size_t>(px) * 3;
  batch.bytes = byte_memory(at::kCPU)(bytes);
  Draws pixels(number, DrawFor::kSynth);
  for (std::size_t i = 0; i < bytes; ++i) batch.bytes.get()[i] = static_cast<std::uint8_t>(pixels.next_u32() >> 24);
  std::vector<AugmentDraw> draws;
  for (int i = 0; i < n; ++i) {
    batch.labels.push_back(i % 2);
    draws.push_back(draw_augmentation(AugmentOptions{}, px, 5, number, static_cast<std::uint32_t>(i)));
  }
  make_augment_table(training ? std::span<const AugmentDraw>(draws) : std::span<const AugmentDraw>(), px, batch.table);
  return batch;
}

}  // namespace unmask
