// Writes a crop store (crop_store.h).
//
//   CropStoreWriter writer("stores/base/train.crops", 224, CropEncoding::kRaw, preprocessing_json);
//   writer.append(frame, rgb);  // for every frame; `rgb` is empty where it has no crop
//   writer.finish();            // only now the file is there
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "data/store/crop_store.h"

namespace unmask {

/// Writes a store; nothing is seen under the target's name before finish(). THREAD: one thread.
class CropStoreWriter {
 public:
  /// `preprocessing_json` must hold no dates, hosts or absolute paths: equal inputs give equal bytes.
  CropStoreWriter(const std::filesystem::path& target, int crop_px, CropEncoding encoding,
                  std::string preprocessing_json);
  ~CropStoreWriter();
  /// `rgb` is empty unless frame.status is ok; else [crop_px, crop_px, 3] bytes.
  void append(const FrameInfo& frame, std::span<const std::uint8_t> rgb);
  /// Appends all rows of a finished store (a part) without decoding. REQUIRES: same crop_px and encoding.
  void append_all(const CropStore& part);
  void finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace unmask
