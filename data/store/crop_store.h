// The crop store: face crops of one dataset and split, every record guarded by XXH3. The index is kept in memory,
// records are read where they are asked for: a disk that fails is an Error, never a signal. A store holds its records
// itself, or is a view, whose rows point into the records file beside it; both are read alike.
// Layout with a worked example: docs/formats.md. crop_store_writer.h, crop_join.h and crop_views.h write it.
//
//   const CropStore store(store_path("stores", "base", Split::kTrain));
//   std::vector<std::uint8_t> rgb(224 * 224 * 3);
//   for (std::size_t row = 0; row < store.size(); ++row)
//     if (store.has_crop(row)) store.read(row, rgb);
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "data/crop_encoding.h"
#include "data/sample.h"

namespace unmask {

/// What a frame's video is known by within its dataset, and whose face it shows. Views into the store's index.
struct VideoNames {
  std::string_view method, compression, video, target_identity, source_identity;
  bool operator==(const VideoNames&) const = default;
};

/// A finished store, read-only. THREAD: const members may be called from any thread.
class CropStore {
 public:
  /// Reads and checks header, index and string table; of a view the header of its records file too. THROWS Error(kData)
  /// naming the file and what is wrong; faults of a view name both files.
  explicit CropStore(const std::filesystem::path& path);
  ~CropStore();
  CropStore(CropStore&&) noexcept;

  std::size_t size() const;  // rows, with and without a crop
  int crop_px() const;       // side of every crop
  CropEncoding encoding() const;
  FrameInfo frame(std::size_t row) const;
  /// Part of frame(row), for those who look at every row: nothing is copied. Valid as long as the store.
  VideoNames video_names(std::size_t row) const;
  bool has_crop(std::size_t row) const;  // status is ok
  FrameStatus status(std::size_t row) const;
  /// XXH3-64 of the record with its padding: rows of one encoding and size with equal digests have equal pixels.
  std::uint64_t record_digest(std::size_t row) const;
  /// Bytes of the record without padding; 0 without a crop.
  std::uint64_t record_bytes(std::size_t row) const;
  std::uint8_t label(std::size_t row) const;
  Split split(std::size_t row) const;
  /// One crop as RGB bytes, [crop_px, crop_px, 3]. Checks the record's digest at every read.
  /// THROWS Error(kData) "<file>: record <row> (<video>, frame <n>) is damaged", or that the file was cut short;
  /// Error(kFailed) with the file and the errno where it can't be read.
  /// REQUIRES: has_crop(row), rgb.size() == crop_px * crop_px * 3.
  void read(std::size_t row, std::span<std::uint8_t> rgb) const;
  /// One record as it is stored (raw or JPEG bytes), checked like read(). REQUIRES: has_crop(row).
  std::vector<std::uint8_t> stored_record(std::size_t row) const;
  /// The record will be read soon. Never fails.
  void expect(std::size_t row) const;
  /// Likewise of many: those that stand one after another in the file are asked for together.
  void expect(std::span<const std::uint32_t> rows) const;
  /// The record won't be read again soon. Never fails.
  void forget(std::size_t row) const;
  /// How crops were made (detector, scale, crop_px, encoding …), as JSON text written by prepare.
  std::string preprocessing_json() const;
  /// XXH3-128 of header and index, which hold the digests of all records: the identity of the content, not of the path.
  Digest128 fingerprint() const;
  const std::filesystem::path& path() const;
  /// Where the records are: path(), or of a view its records file, in the same folder. Who copies a view copies both.
  const std::filesystem::path& records_path() const;
  bool is_view() const { return records_path() != path(); }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace unmask
