#include "data/frames/jpeg_reader.h"

#include <turbojpeg.h>

#include <memory>
#include <string>

#include "data/frames/opencv_image.h"

namespace unmask {
namespace {

/// Is there an EXIF segment before the image's data?
bool has_exif(const EncodedBytes& bytes) {
  std::size_t at = 2;
  while (at + 4 <= bytes.size() && bytes[at] == 0xFF && bytes[at + 1] != 0xDA) {
    if (bytes[at + 1] == 0xE1 && has_text(bytes, at + 4, "Exif")) return true;
    at += 2 + (std::size_t{bytes[at + 2]} << 8 | bytes[at + 3]);
  }
  return false;
}

}  // namespace

ReadFrame read_jpeg(const EncodedBytes& bytes, const FrameLimits& limits) {
  const std::unique_ptr<void, int (*)(tjhandle)> decoder(tjInitDecompress(), &tjDestroy);
  if (!decoder) return unread(FrameStatus::kUnreadable, "the JPEG decoder doesn't start");
  int width = 0, height = 0, subsampling = 0, colours = 0;
  const auto count = static_cast<unsigned long>(bytes.size());
  if (tjDecompressHeader3(decoder.get(), bytes.data(), count, &width, &height, &subsampling, &colours) != 0) {
    return unread(FrameStatus::kTruncated,
                  std::string("the JPEG header is damaged or cut off: ") + tjGetErrorStr2(decoder.get()));
  }
  if (auto fault = size_fault(width, height, limits)) return *fault;
  if (colours == TJCS_CMYK || colours == TJCS_YCCK) {
    return unread(FrameStatus::kNotAnImage, "a CMYK JPEG: wanted RGB or grey");
  }
  ReadFrame frame;
  frame.image = {width, height,
                 std::vector<std::uint8_t>(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3)};
  // A progressive file of 500 or more scans is an attack on time, not an image (LIMITSCANS).
  if (tjDecompress2(decoder.get(), bytes.data(), count, frame.image.rgb.data(), width, 0, height, TJPF_RGB,
                    TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS) != 0) {
    return unread(FrameStatus::kTruncated,
                  std::string("the JPEG is damaged or cut off: ") + tjGetErrorStr2(decoder.get()));
  }
  return has_exif(bytes) ? decode_with_opencv(bytes, limits) : frame;
}

}  // namespace unmask
