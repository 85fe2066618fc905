// JPEG of face crops: quality 95, no chroma subsampling, so that colour seams stay where they are.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace unmask {

std::vector<std::uint8_t> encode_jpeg95(std::span<const std::uint8_t> rgb, int px);
/// False if the bytes are not a whole, undamaged JPEG of px × px. THREAD: any; keeps a decoder per thread.
bool decode_jpeg(std::span<const std::uint8_t> jpeg, int px, std::span<std::uint8_t> rgb);

}  // namespace unmask
