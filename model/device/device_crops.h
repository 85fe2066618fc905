// A batch's crops as a tensor on the device that computes. A GPU gets bytes and augments them itself, by a kernel of
// our own or by ATen; on CPU tensors both give the bits of data/augment/augment.h, which is how they are tested.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <span>

#include "data/load/loader.h"
#include "model/device/crop_launcher.h"

namespace unmask {

/// `type`, f32 or one of 16 bits, [n, 3, px, px], channels_last, normalised. Of f32 images it is a view of `batch`'s
/// memory, on the CPU; bytes are copied and augmented on `device`, which may still be at work when the call returns: in
/// one launch of `launcher`'s, which must enqueue on the default stream, or, without one or on another stream, by more
/// than 100 operations of ATen.
/// `into`: such a tensor, which is then the result.
at::Tensor images_on(const at::Device& device, const CropBatch& batch, int crop_px, at::ScalarType type = at::kFloat,
                     const CropLauncher& launcher = {}, const at::Tensor& into = {});
/// The same, f32, of crops that lie in memory, not augmented: each u8 [px, px, 3].
at::Tensor images_on(const at::Device& device, std::span<const std::span<const std::uint8_t>> crops, int crop_px);

/// Page-locked for a GPU: given back to torch, which reuses it once the device's copies are done.
ByteMemory byte_memory(const at::Device& device);

}  // namespace unmask
