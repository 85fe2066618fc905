// What stands around the records of a crop store: header, index, strings and preprocessing text, read into memory and
// checked. For CropStore and those who copy or join stores; who reads crops needs CropStore alone.
//
//   const PositionalFile file("stores/base/train.crops");
//   CropIndex index("stores/base/train.crops", file);
//   index.check_rows(index.header().index_offset);  // of a view: where the records of its records file end
//   index.frame(0).video;
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/durable_file.h"
#include "data/sample.h"
#include "data/store/crop_layout.h"

namespace unmask {

/// The header of a store. THROWS Error(kData) naming `path` and what is wrong with it.
crop_layout::Header read_crop_header(const std::filesystem::path& path, const PositionalFile& file);

/// A store of version 1 or 2. Every number is checked before it is used, as a hostile writer may have chosen it.
class CropIndex {
 public:
  /// THROWS Error(kData) naming `path` and what is wrong.
  CropIndex(std::filesystem::path path, const PositionalFile& file);
  /// Every row is possible, and its record ends at `records_end` at most. THROWS Error(kData). REQUIRED before the
  /// functions below are called.
  void check_rows(std::uint64_t records_end) const;

  const crop_layout::Header& header() const { return header_; }
  CropEncoding encoding() const { return static_cast<CropEncoding>(header_.encoding); }
  bool is_view() const { return header_.version > 1 && header_.is_view != 0; }
  /// REQUIRES: is_view(). A plain name, checked when it was opened.
  std::string_view records_name() const { return text(header_.records_name); }
  crop_layout::Row row(std::uint64_t i) const;
  std::string_view text(std::uint32_t id) const;
  FrameInfo frame(std::uint64_t i) const;
  std::string_view preprocessing_json() const;
  Digest128 fingerprint() const;

 private:
  void check_sections() const;
  void check_strings() const;
  void check_records_name() const;
  bool is_possible(const crop_layout::Row& row) const;
  std::span<const std::byte> section(std::uint64_t offset, std::uint64_t size) const;
  std::uint32_t string_begin(std::uint64_t id) const;
  std::uint64_t row_bytes() const;

  std::filesystem::path path_;
  crop_layout::Header header_;
  std::vector<std::byte> tail_;  // index, string table and text: from index_offset to the end
};

/// THROWS Error(kData) "<path>: <what>; run `unmask prepare` to make it again".
[[noreturn]] void refuse_damaged_crops(const std::filesystem::path& path, const std::string& what);

}  // namespace unmask
