// Small stores and a config of a training that takes a second or two, for tests that run the program or parts of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include "base/philox.h"
#include "data/store/crop_store_writer.h"

namespace unmask {

inline constexpr int kTinyCropPx = 32;

/// Videos v<first>, v<first + 1>, … of two frames each, every second one a fake, which is brighter; each has an
/// identity of its own, p<number> or, every third, d<number>. The first video's second frame has no face.
inline void write_tiny_store(const std::filesystem::path& file, Split split, int videos, int first = 0,
                             const std::string& dataset = "base") {
  std::filesystem::create_directories(file.parent_path());
  CropStoreWriter writer(file, kTinyCropPx, CropEncoding::kRaw, R"({"crop_px": 32, "detector": "none"})");
  std::vector<std::uint8_t> rgb(kTinyCropPx * kTinyCropPx * 3);
  for (int video = first; video < first + videos; ++video) {
    for (std::uint32_t number = 0; number < 2; ++number) {
      FrameInfo frame;
      frame.dataset = dataset;
      frame.label = static_cast<std::uint8_t>(video % 2);
      frame.method = frame.label == 1 ? "deepfakes" : "real";
      frame.video = "v" + std::to_string(video);
      frame.target_identity = (video % 3 == 0 ? "d" : "p") + std::to_string(video);
      frame.split = split;
      frame.frame = number;
      frame.detector = "none";
      if (video == first && number == 1) frame.status = FrameStatus::kNoFace;
      Draws draws(5, DrawFor::kProbe, static_cast<std::uint32_t>(video), number, split == Split::kVal);
      for (std::uint8_t& value : rgb) {
        value = static_cast<std::uint8_t>(100 + draws.below(60) + (frame.label == 1 ? 40 : 0));
      }
      const bool has_crop = frame.status == FrameStatus::kOk;
      writer.append(frame, has_crop ? std::span<const std::uint8_t>(rgb) : std::span<const std::uint8_t>());
    }
  }
  writer.finish();
}

/// STORES/base/{train,val}.crops: 47 and 15 crops.
inline void write_tiny_stores(const std::filesystem::path& stores) {
  write_tiny_store(stores / "base/train.crops", Split::kTrain, 24);
  write_tiny_store(stores / "base/val.crops", Split::kVal, 8, 100);
}

/// Two epochs of three steps, four microbatches a step. `more` is appended: further sections.
inline std::string tiny_config(const std::filesystem::path& stores, const std::string& more = "") {
  return "[data]\nstores = \"" + stores.string() + R"("
train = ["base"]
[model]
init = "random"
dropout = 0.0
[train]
epochs = 2
global_batch_size = 16
microbatch_size = 4
precision = "fp32"
[optimizer]
max_lr = 1e-3
[runtime]
device = "cpu"
)" + more;
}

/// Four trials of one to three epochs, with both heads.
inline constexpr char kTinySweep[] = R"([sweep]
trials = 4
[sweep.space]
"train.epochs" = { integer = [1, 3] }
"model.head" = { choice = ["linear", "hidden"] }
)";

/// Writes `text` and returns the file's path.
inline std::string write_text(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file) << text;
  return file.string();
}

}  // namespace unmask
