// Small crop stores for tests: pixels and names are functions of the row.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "data/store/crop_store_writer.h"
#include "tests/support/temporary_folder.h"

namespace unmask::test {

using test_support::TemporaryFolder;

inline std::vector<std::uint8_t> smooth_crop(int px, std::uint32_t row) {
  std::vector<std::uint8_t> rgb;
  for (int y = 0; y < px; ++y) {
    for (int x = 0; x < px; ++x) {
      for (int k = 0; k < 3; ++k) {
        rgb.push_back(static_cast<std::uint8_t>((x * 3 + y * (k + 1) + static_cast<int>(row) * 37) % 256));
      }
    }
  }
  return rgb;
}

/// Every field set; every fourth row has no crop.
inline FrameInfo frame_of_row(std::uint32_t row, const std::string& dataset, Split split) {
  FrameInfo frame;
  frame.label = row % 2 == 1;
  frame.dataset = dataset;
  frame.method = row % 2 == 1 ? "face2face" : "real";
  frame.compression = "c23";
  frame.video = "000_00" + std::to_string(row / 3);
  frame.target_identity = "000";
  frame.source_identity = row % 2 == 1 ? "003" : "";
  frame.split = split;
  frame.frame = row * 3;
  frame.box = {static_cast<int>(row) - 2, 7, 99, 100};
  frame.detector = "dlib_hog";
  frame.status = row % 4 == 3 ? FrameStatus::kNoFace : FrameStatus::kOk;
  frame.source = "videos/" + frame.video + ".mp4";
  frame.source_digest = "0123456789abcdef0123456789abcde" + std::to_string(row / 3 % 10);
  frame.source_bytes = 5'000'000'000 + row / 3;
  frame.time_us = 40'000 * std::int64_t{row};
  frame.frame_width = 1920, frame.frame_height = 1080;
  frame.track = row % 2;
  frame.detector_score = 0.25f * static_cast<float>(row);
  return frame;
}

inline void write_store(const std::filesystem::path& file, std::uint32_t rows, int px,
                        CropEncoding encoding = CropEncoding::kRaw, const std::string& dataset = "base",
                        Split split = Split::kTrain) {
  std::filesystem::create_directories(file.parent_path());
  CropStoreWriter writer(file, px, encoding, R"({"detector":"dlib_hog","box_scale":1.3})");
  for (std::uint32_t row = 0; row < rows; ++row) {
    const FrameInfo frame = frame_of_row(row, dataset, split);
    const bool has_crop = frame.status == FrameStatus::kOk;
    writer.append(frame, has_crop ? smooth_crop(px, row) : std::vector<std::uint8_t>());
  }
  writer.finish();
}

inline std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_bytes(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

}  // namespace unmask::test
