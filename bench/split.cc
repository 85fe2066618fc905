// How long another split of 100,000 prepared crops takes, and opening what it wrote; checked: there and back gives the
// same fingerprints.
//   bench_split FOLDER     STORES is made there: 100,000 crops of 16 px of 1,000 originals and 4,000 fakes in pairs
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/seconds_since.h"
#include "data/split/official_pairs.h"
#include "data/split/split_stores.h"
#include "data/store/crop_store_writer.h"
#include "data/store_paths.h"

namespace unmask {
namespace {

constexpr int kPx = 16, kFrames = 20;

void make(const std::filesystem::path& stores) {
  std::filesystem::create_directories(stores / "base");
  CropStoreWriter writer(prepared_path(stores, "base"), kPx, CropEncoding::kRaw, "{}");
  const std::vector<std::uint8_t> rgb(std::size_t{kPx} * kPx * 3, 100);
  const auto video = [&](const std::string& method, const std::string& name, const std::string& target,
                         const std::string& source) {
    FrameInfo frame;
    frame.label = method != "real";
    frame.dataset = "base", frame.method = method, frame.compression = "c23", frame.video = name;
    frame.target_identity = target, frame.source_identity = source;
    frame.source = method + "/c23/videos/" + name + ".mp4";
    for (frame.frame = 0; frame.frame < kFrames; ++frame.frame) writer.append(frame, rgb);
  };
  for (const Split split : {Split::kTrain, Split::kVal, Split::kTest}) {
    for (const auto& [a, b] : official_pairs(split)) {
      video("real", a, a, "");
      video("real", b, b, "");
      for (const char* method : {"deepfakes", "face2face", "faceswap", "neuraltextures"}) {
        video(method, a + "_" + b, a, b);
        video(method, b + "_" + a, b, a);
      }
    }
  }
  writer.finish();
}

std::string fingerprints(const std::filesystem::path& stores) {
  std::string text;
  for (const auto& [word, split] : words_of(Split())) {
    const std::filesystem::path file = store_path(stores, "base", split);
    if (std::filesystem::exists(file)) text += to_hex(CropStore(file).fingerprint()) + " ";
  }
  return text;
}

void measure(const std::filesystem::path& stores, const SplitOptions& options) {
  auto start = std::chrono::steady_clock::now();
  split_stores(stores, {}, options);
  const double split_s = seconds_since(start);
  start = std::chrono::steady_clock::now();
  fingerprints(stores);
  std::printf("{\"by\": \"%s\", \"split_s\": %.2f, \"open_s\": %.3f}\n", to_word(options.by).c_str(), split_s,
              seconds_since(start));
}

}  // namespace
}  // namespace unmask

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  using namespace unmask;
  const std::filesystem::path stores = argv[1];
  make(stores);
  SplitOptions options;
  options.calibration = 0.05;
  std::string first;
  for (int round = 0; round < 3; ++round) {
    for (const SplitBy by : {SplitBy::kIdentity, SplitBy::kVideo, SplitBy::kPublished, SplitBy::kOfficial}) {
      options.by = by;
      measure(stores, options);
    }
    if (round == 0) first = fingerprints(stores);
    if (fingerprints(stores) != first) throw Error(ErrorKind::kFailed, "the same split gave other stores");
  }
  return 0;
}
