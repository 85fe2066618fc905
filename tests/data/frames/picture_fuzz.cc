// Pictures and .npy of strangers, as their bytes: refused with a word, or a whole picture within the limits.
// UNMASK_FUZZ_SEEDS=DIR writes seeds there.
#include <cstdlib>
#include <fstream>
#include <string>

#include <opencv2/imgcodecs.hpp>

#include "data/frames/image_file.h"

namespace {

using namespace unmask;

constexpr FrameLimits kLimits{.max_pixels = 1 << 14, .max_file_bytes = 1 << 20};

void need(bool holds) {
  if (!holds) std::abort();
}

std::string npy(int version, const std::string& header, std::size_t pixels) {
  std::string file = "\x93NUMPY";
  file += static_cast<char>(version);
  file += '\0';
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i) file += static_cast<char>(header.size() >> (8 * i));
  return file + header + std::string(pixels, 'p');
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  if (const char* seeds = std::getenv("UNMASK_FUZZ_SEEDS")) {
    const auto write = [&](const std::string& name, const std::string& bytes) {
      std::ofstream(std::string(seeds) + "/" + name, std::ios::binary) << bytes;
    };
    write("v1.npy", npy(1, "{'descr': '|u1', 'fortran_order': False, 'shape': (4, 5, 3), }\n", 60));
    write("v2.npy", npy(2, "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 1, 3), }\n", 3));
    write("dicom.webp",
          std::string("RIFF\x09\0\0\0WEBPVP8L", 16) + std::string(112, '\0') + "DICM" + std::string(20, '?'));
    const cv::Mat ramp(8, 8, CV_8UC3, cv::Scalar(10, 100, 200));
    for (const char* suffix : {".png", ".jpg", ".bmp", ".webp"}) {
      std::vector<std::uint8_t> bytes;
      cv::imencode(suffix, ramp, bytes);
      write("ramp" + std::string(suffix), {bytes.begin(), bytes.end()});
    }
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ReadFrame frame = decode_image({data, data + size}, kLimits);
  if (frame.status != FrameStatus::kOk) {
    need(!frame.problem.empty() && frame.image.rgb.empty());
    return 0;
  }
  const RgbImage& image = frame.image;
  need(image.width > 0 && image.height > 0);
  need(static_cast<std::int64_t>(image.width) * image.height <= kLimits.max_pixels);
  need(image.rgb.size() == static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) * 3);
  return 0;
}
