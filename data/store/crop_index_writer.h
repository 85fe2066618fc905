// Rows and strings of a crop store in the making, and the bytes that stand around its records. For those who write
// stores: CropStoreWriter, CropJoin and write_split_views.
//
//   CropIndexWriter index("stores/base/train.crops", 224, CropEncoding::kRaw, preprocessing_json);
//   file.write(index.header_space());
//   index.add(frame, {file.size(), record.size(), digest});  // for every row; the record is the caller's to write
//   index.finish(file);                                      // behind the records, and the header before them
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/durable_file.h"
#include "data/sample.h"
#include "data/store/crop_layout.h"

namespace unmask {

/// Of a row without a crop all are 0.
struct RecordPlace {
  std::uint64_t offset = 0, size = 0, digest = 0;  // digest: XXH3-64 of the record with its padding
};

class CropIndexWriter {
 public:
  /// `target` is for messages. THROWS Error(kFailed) where crops can't be of that size.
  CropIndexWriter(std::filesystem::path target, int crop_px, CropEncoding encoding, std::string preprocessing_json);
  /// THROWS Error(kFailed) naming what the format can't hold.
  void add(const FrameInfo& frame, const RecordPlace& place);
  /// Zeros where the header will stand.
  static std::vector<std::byte> header_space() { return std::vector<std::byte>(crop_layout::kHeaderBytes); }
  /// Ends a file that holds its header's space and its records. commit() is the caller's.
  void finish(DurableFile& file);
  /// The same of a view: all rows' places are in the file of that name, whose header has that digest.
  void finish_view(DurableFile& file, const std::string& records_name, const Digest128& records_header);

 private:
  [[noreturn]] void fail(const std::string& what) const;
  std::uint32_t id(const std::string& text);
  std::vector<std::byte> string_table() const;
  void write_ends(DurableFile& file, crop_layout::Header header) const;

  std::filesystem::path target_;
  int crop_px_;
  CropEncoding encoding_;
  std::string json_;
  std::vector<crop_layout::Row> rows_;
  std::map<std::string, std::uint32_t> ids_;
  std::vector<const std::string*> strings_;  // keys of ids_ by id, in order of first use
  std::uint64_t text_bytes_ = 0;
};

}  // namespace unmask
