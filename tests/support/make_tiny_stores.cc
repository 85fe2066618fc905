// make_tiny_stores DIR PX TRAIN VAL: stores of two datasets (base, augment) with drawn crops, for tests that train.
// Fakes carry a soft bright patch, so that a few steps learn something. Equal arguments give equal bytes.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <vector>

#include "base/philox.h"
#include "data/store/crop_store_writer.h"

namespace {

using namespace unmask;

std::vector<std::uint8_t> draw_crop(int px, bool fake, Draws& draws) {
  std::vector<std::uint8_t> rgb(static_cast<std::size_t>(px) * px * 3);
  const double left = draws.uniform(0.1, 0.5) * px, top = draws.uniform(0.1, 0.5) * px;
  const double base[3] = {draws.uniform(60, 180), draws.uniform(60, 180), draws.uniform(60, 180)};
  for (int y = 0; y < px; ++y) {
    for (int x = 0; x < px; ++x) {
      const bool inside = x >= left && x < left + px * 0.4 && y >= top && y < top + px * 0.4;
      for (int c = 0; c < 3; ++c) {
        const double value = base[c] + draws.uniform(-30, 30) + (fake && inside ? 35 : 0);
        rgb[(static_cast<std::size_t>(y) * px + x) * 3 + c] = static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0));
      }
    }
  }
  return rgb;
}

void write_store(const std::filesystem::path& file, const std::string& dataset, Split split, int px, int count,
                 std::uint32_t number) {
  CropStoreWriter writer(file, px, CropEncoding::kRaw, R"({"detector":"drawn","crop_px":)" + std::to_string(px) + "}");
  const std::string person = split == Split::kTrain ? "p" : split == Split::kVal ? "q" : "r";  // in one split only
  for (int i = 0; i < count; ++i) {
    FrameInfo frame;
    frame.label = static_cast<std::uint8_t>(i % 2);
    frame.dataset = dataset;
    frame.method = frame.label != 0 ? "swap" : "real";
    frame.target_identity = person + std::to_string(i / 6);
    frame.video = frame.target_identity + "_" + std::to_string(i % 2);
    frame.split = split;
    frame.frame = static_cast<std::uint32_t>(i / 2 % 3);
    frame.detector = "drawn";
    if (i % 17 == 16) {
      frame.status = FrameStatus::kNoFace;
      writer.append(frame, {});
      continue;
    }
    frame.box = {0, 0, px, px};
    Draws draws(7, DrawFor::kSynth, number, static_cast<std::uint32_t>(i));
    writer.append(frame, draw_crop(px, frame.label != 0, draws));
  }
  writer.finish();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: make_tiny_stores DIR PX TRAIN VAL\n";
    return 2;
  }
  const std::filesystem::path dir = argv[1];
  std::uint32_t number = 0;
  for (const char* dataset : {"base", "augment"}) {
    std::filesystem::create_directories(dir / dataset);
    write_store(dir / dataset / "train.crops", dataset, Split::kTrain, std::atoi(argv[2]), std::atoi(argv[3]),
                number++);
    write_store(dir / dataset / "val.crops", dataset, Split::kVal, std::atoi(argv[2]), std::atoi(argv[4]), number++);
    write_store(dir / dataset / "test.crops", dataset, Split::kTest, std::atoi(argv[2]), std::atoi(argv[4]), number++);
  }
  return 0;
}
