#include "data/store/jpeg_codec.h"

#include <turbojpeg.h>

#include <memory>
#include <string>

#include "base/error.h"

namespace unmask {
namespace {

struct CloseCodec {
  void operator()(void* handle) const { tjDestroy(handle); }
};
using Codec = std::unique_ptr<void, CloseCodec>;

bool decode_with(tjhandle codec, std::span<const std::uint8_t> jpeg, int width, int height,
                 std::span<std::uint8_t> rgb) {
  int its_width = 0, its_height = 0, subsampling = 0, colour = 0;
  if (tjDecompressHeader3(codec, jpeg.data(), jpeg.size(), &its_width, &its_height, &subsampling, &colour) != 0)
    return false;
  if (its_width != width || its_height != height) return false;
  // A warning (data that end early) also returns -1: a crop is whole or damaged.
  return tjDecompress2(codec, jpeg.data(), jpeg.size(), rgb.data(), width, 0, height, TJPF_RGB,
                       TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING) == 0;
}

}  // namespace

std::vector<std::uint8_t> encode_jpeg(std::span<const std::uint8_t> rgb, int px, int quality, JpegColour colour) {
  return encode_jpeg(rgb, px, px, quality, colour);
}

std::vector<std::uint8_t> encode_jpeg(std::span<const std::uint8_t> rgb, int width, int height, int quality,
                                      JpegColour colour) {
  thread_local const Codec codec(tjInitCompress());
  const int sampling = colour == JpegColour::k444 ? TJSAMP_444 : TJSAMP_420;
  std::vector<std::uint8_t> jpeg(tjBufSize(width, height, sampling));
  unsigned char* buffer = jpeg.data();
  unsigned long bytes = jpeg.size();
  // The accurate DCT gives the same bytes with and without SIMD.
  if (tjCompress2(codec.get(), rgb.data(), width, 0, height, TJPF_RGB, &buffer, &bytes, sampling, quality,
                  TJFLAG_NOREALLOC | TJFLAG_ACCURATEDCT) != 0) {
    throw Error(ErrorKind::kFailed, std::string("JPEG encoder: ") + tjGetErrorStr2(codec.get()));
  }
  jpeg.resize(bytes);
  return jpeg;
}

std::vector<std::uint8_t> encode_jpeg95(std::span<const std::uint8_t> rgb, int px) {
  return encode_jpeg(rgb, px, 95, JpegColour::k444);
}

bool decode_jpeg(std::span<const std::uint8_t> jpeg, int px, std::span<std::uint8_t> rgb) {
  return decode_jpeg(jpeg, px, px, rgb);
}

bool decode_jpeg(std::span<const std::uint8_t> jpeg, int width, int height, std::span<std::uint8_t> rgb) {
  thread_local Codec codec;
  if (!codec) codec.reset(tjInitDecompress());
  const bool good = decode_with(codec.get(), jpeg, width, height, rgb);
  // A header that fails leaves a decoder in the middle of it, and the next JPEG would fail too.
  if (!good) codec.reset();
  return good;
}

void store_as_jpeg95(std::span<std::uint8_t> rgb, int px) {
  if (!decode_jpeg(encode_jpeg95(rgb, px), px, rgb))
    throw Error(ErrorKind::kFailed, "a JPEG of our own can't be decoded");
}

}  // namespace unmask
