// A store of carphone.mp4 and of pictures, prepared from a folder, for tests that look at the sources again.
#pragma once

#include <filesystem>
#include <numeric>
#include <string>
#include <vector>

#include "data/prepare/clip_preparer.h"
#include "data/prepare/preprocessing.h"
#include "data/store/crop_store.h"
#include "data/store/crop_store_writer.h"
#include "tests/data/prepare/video_plan.h"
#include "tests/data/real_faces.h"

namespace unmask::test {

/// Prepares `files` of `root` into `root`/s.crops, four frames of a video.
inline CropStore prepared_store(const std::filesystem::path& root, const std::vector<std::string>& files,
                                CropEncoding encoding = CropEncoding::kRaw, FaceChoice faces = FaceChoice::kTracked) {
  PrepareListing listing = listing_of_files(root, files);
  listing.options.frames = 4;
  listing.options.encoding = encoding;
  listing.options.faces = faces;
  const PreparePlan plan = plan_of_files(listing);
  ClipPreparer preparer(listing.options);
  CropStoreWriter writer(root / "s.crops", listing.options.crop_px, encoding,
                         preprocessing_json(listing.options, preparer.detector_version()));
  for (const PrepareUnit& unit : plan.units) {
    for (const PrepareClip& clip : unit.clips) {
      for (const PreparedRow& row : preparer.prepare(plan, clip, {})) writer.append(row.info, row.crop);
    }
  }
  writer.finish();
  return CropStore(root / "s.crops");
}

inline std::vector<std::uint32_t> all_rows(const CropStore& store) {
  std::vector<std::uint32_t> rows(store.size());
  std::iota(rows.begin(), rows.end(), 0u);
  return rows;
}

inline std::vector<std::uint8_t> crop_of(const CropStore& store, std::uint32_t row) {
  const auto px = static_cast<std::size_t>(store.crop_px());
  std::vector<std::uint8_t> rgb(px * px * 3);
  store.read(row, rgb);
  return rgb;
}

}  // namespace unmask::test
