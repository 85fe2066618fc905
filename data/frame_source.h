// Where one frame comes from: a file, and the number of the frame in it.
#pragma once

#include <cstdint>
#include <filesystem>

namespace unmask {

enum class Media { kImage, kVideo };

struct FrameSource {
  std::filesystem::path file;
  std::uint32_t frame = 0;  // counted from 0 in the file; an image file has frame 0 alone
  Media media = Media::kImage;
};

}  // namespace unmask
