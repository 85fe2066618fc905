// The faces of a store's video after each corruption: found again in the corrupted frames of its source, where sources
// are at hand, else the stored crops, corrupted.
//
//   VideoCorrupter corrupter({.corruptions = corruption_plan({}), .sources = {"/data/FaceForensics++"}},
//                            store.preprocessing_json());
//   corrupter.corrupt(store, rows_of_a_video, [&](const CorruptedFaces& faces) { … });
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "data/corrupt/corruption.h"
#include "data/store/crop_store.h"

namespace unmask {

struct CorruptOptions {
  std::vector<Corruption> corruptions;
  std::vector<std::filesystem::path> sources{};  // folders that were prepared; empty: crops are corrupted
  std::string detector_model{};                  // where faces are found by YuNet
  bool sandbox = true;                           // of the sources' decoder
};

/// Of a video, of one track of its crops, or of a piece that fits into 512 MiB.
struct CorruptedFaces {
  std::size_t corruption = 0;                    // which of the options'
  std::vector<std::uint32_t> rows;               // of the store: those with a crop
  std::vector<std::vector<std::uint8_t>> crops;  // [rows], u8 [px, px, 3]; empty: its face wasn't found again
};

/// What it gives is a function of the store, the sources and the options. THREAD: one thread at a time.
class VideoCorrupter {
 public:
  /// `preprocessing_json`: of the stores to come. THROWS Error: kFailed where H.264 is asked for and can't be written,
  /// or the sandbox doesn't work; with sources kUsage as make_face_detector(), kData where faces can't be found here as
  /// the stores' were.
  VideoCorrupter(const CorruptOptions& options, const std::string& preprocessing_json);
  ~VideoCorrupter();
  /// THROWS Error(kData) naming a source of these rows that isn't there or is another file. `each` is called after each
  /// file that was looked at, and may throw to stop.
  void require_sources(const CropStore& store, std::span<const std::uint32_t> rows, const std::function<void()>& each);
  /// `rows`: all of one video, those without a crop, too. `take` is called for each corruption, of each piece.
  /// With sources a face is there if one is found in its frame that is the stored one (face_match.h).
  void corrupt(const CropStore& store, std::span<const std::uint32_t> rows,
               const std::function<void(const CorruptedFaces&)>& take);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace unmask
