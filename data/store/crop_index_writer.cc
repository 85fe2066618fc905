#include "data/store/crop_index_writer.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"

namespace unmask {

using crop_layout::Header;
using crop_layout::Row;

CropIndexWriter::CropIndexWriter(std::filesystem::path target, int crop_px, CropEncoding encoding,
                                 std::string preprocessing_json)
    : target_(std::move(target)), crop_px_(crop_px), encoding_(encoding), json_(std::move(preprocessing_json)) {
  if (crop_px < 1 || crop_px > static_cast<int>(crop_layout::kMaxCropPx)) fail("crops must be of 1 to 4096 px");
}

void CropIndexWriter::fail(const std::string& what) const {
  throw Error(ErrorKind::kFailed, target_.string() + ": " + what);
}

std::uint32_t CropIndexWriter::id(const std::string& text) {
  const auto [at, is_new] = ids_.try_emplace(text, static_cast<std::uint32_t>(strings_.size()));
  if (is_new) {
    strings_.push_back(&at->first);
    text_bytes_ += text.size();
    if (text_bytes_ > 0xFFFFFFFFu) fail("the names take more than 4 GiB");
  }
  return at->second;
}

void CropIndexWriter::add(const FrameInfo& frame, const RecordPlace& place) {
  if (frame.label > 1) fail("a label must be 0 or 1, got " + std::to_string(frame.label));
  if (frame.frame_width < 0 || frame.frame_height < 0 || !std::isfinite(frame.detector_score)) {
    fail("frame " + std::to_string(frame.frame) + " of " + frame.video + " has an impossible size or detector score");
  }
  if (rows_.size() == crop_layout::kMaxRows) fail("more than 4294967295 rows");
  Row row{};
  row.offset = place.offset, row.size = place.size, row.digest = place.digest;
  row.frame = frame.frame;
  row.label = frame.label;
  row.split = static_cast<std::uint8_t>(frame.split);
  row.status = static_cast<std::uint8_t>(frame.status);
  row.x = frame.box.x, row.y = frame.box.y, row.width = frame.box.width, row.height = frame.box.height;
  row.dataset = id(frame.dataset);
  row.method = id(frame.method);
  row.compression = id(frame.compression);
  row.video = id(frame.video);
  row.target_identity = id(frame.target_identity);
  row.source_identity = id(frame.source_identity);
  row.detector = id(frame.detector);
  row.source = id(frame.source);
  row.source_digest = id(frame.source_digest);
  row.track = frame.track;
  row.time_us = frame.time_us;
  row.source_bytes = frame.source_bytes;
  row.frame_width = frame.frame_width, row.frame_height = frame.frame_height;
  row.detector_score = frame.detector_score;
  rows_.push_back(row);
}

std::vector<std::byte> CropIndexWriter::string_table() const {
  std::vector<std::byte> table((strings_.size() + 1) * 4 + text_bytes_);
  std::uint32_t begin = 0;
  for (std::size_t i = 0; i <= strings_.size(); ++i) {
    std::memcpy(table.data() + i * 4, &begin, 4);
    if (i == strings_.size()) break;
    std::memcpy(table.data() + (strings_.size() + 1) * 4 + begin, strings_[i]->data(), strings_[i]->size());
    begin += static_cast<std::uint32_t>(strings_[i]->size());
  }
  return table;
}

void CropIndexWriter::finish(DurableFile& file) { write_ends(file, {}); }

void CropIndexWriter::finish_view(DurableFile& file, const std::string& records_name, const Digest128& records_header) {
  Header header{};
  header.is_view = 1;
  header.records_name = id(records_name);
  header.records_header = records_header;
  write_ends(file, header);
}

void CropIndexWriter::write_ends(DurableFile& file, Header header) const {
  const std::span<const std::byte> index = std::as_bytes(std::span(rows_));
  const std::vector<std::byte> table = string_table();
  header.magic = crop_layout::kMagic;
  header.version = crop_layout::kVersion;
  header.endian_mark = crop_layout::kEndianMark;
  header.crop_px = static_cast<std::uint32_t>(crop_px_);
  header.encoding = static_cast<std::uint32_t>(encoding_);
  header.rows = rows_.size();
  header.record_stride = encoding_ == CropEncoding::kRaw
                             ? crop_layout::round_up(crop_layout::crop_bytes_of(header.crop_px), crop_layout::kRawAlign)
                             : 0;
  header.index_offset = file.size();
  header.index_bytes = index.size();
  header.strings_offset = header.index_offset + header.index_bytes;
  header.strings_bytes = table.size();
  header.string_count = strings_.size();
  header.json_offset = header.strings_offset + header.strings_bytes;
  header.json_bytes = json_.size();
  header.file_bytes = header.json_offset + header.json_bytes;
  header.index_digest = digest128(index);
  header.strings_digest = digest128(table);
  header.json_digest = digest128(std::as_bytes(std::span(json_)));
  const std::span<const std::byte> bytes = std::as_bytes(std::span(&header, 1));
  header.header_digest = digest128(bytes.first(sizeof(Header) - sizeof(Digest128)));
  file.write(index);
  file.write(table);
  file.write(json_);
  file.write_at(0, bytes);
}

}  // namespace unmask
