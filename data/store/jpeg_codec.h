// JPEG of face crops. In stores quality 95, no chroma subsampling, so that colour seams stay where they are.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace unmask {

enum class JpegColour { k444, k420 };  // k420: colours at half the side, as photos have

/// Same bytes on every processor. THROWS Error(kFailed) with the encoder's words.
std::vector<std::uint8_t> encode_jpeg(std::span<const std::uint8_t> rgb, int px, int quality, JpegColour colour);
std::vector<std::uint8_t> encode_jpeg(std::span<const std::uint8_t> rgb, int width, int height, int quality,
                                      JpegColour colour);
std::vector<std::uint8_t> encode_jpeg95(std::span<const std::uint8_t> rgb, int px);
/// False if the bytes are not a whole, undamaged JPEG of px × px. THREAD: any; keeps a decoder per thread.
bool decode_jpeg(std::span<const std::uint8_t> jpeg, int px, std::span<std::uint8_t> rgb);
bool decode_jpeg(std::span<const std::uint8_t> jpeg, int width, int height, std::span<std::uint8_t> rgb);
/// In place: what a reader of a store of such JPEGs gets of this crop. THROWS Error(kFailed).
void store_as_jpeg95(std::span<std::uint8_t> rgb, int px);

}  // namespace unmask
