#include "data/store/crop_index.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"

namespace unmask {

using crop_layout::Header;
using crop_layout::Row;

void refuse_damaged_crops(const std::filesystem::path& path, const std::string& what) {
  throw Error(ErrorKind::kData, path.string() + ": " + what + "; run `unmask prepare` to make it again");
}

Header read_crop_header(const std::filesystem::path& path, const PositionalFile& file) {
  Header header{};
  const std::span<std::byte> bytes = std::as_writable_bytes(std::span(&header, 1));
  file.read(0, bytes.first(std::min<std::uint64_t>(bytes.size(), file.size())));
  if (file.size() < 8 || std::memcmp(bytes.data(), crop_layout::kMagic.data(), 8) != 0) {
    refuse_damaged_crops(path, "is not a crop store");
  }
  if (file.size() < sizeof(Header)) refuse_damaged_crops(path, "is cut off inside its header");
  if (header.endian_mark != crop_layout::kEndianMark) {
    refuse_damaged_crops(path, "has another byte order or a damaged header");
  }
  if (header.version < crop_layout::kOldestVersion || header.version > crop_layout::kVersion) {
    refuse_damaged_crops(path, "has version " + std::to_string(header.version) + ", this program reads versions " +
                                   std::to_string(crop_layout::kOldestVersion) + " to " +
                                   std::to_string(crop_layout::kVersion));
  }
  if (digest128(bytes.first(sizeof(Header) - sizeof(Digest128))) != header.header_digest) {
    refuse_damaged_crops(path, "has a damaged header");
  }
  // From here on the numbers are the writer's, but a writer may be hostile: each is checked before it is used.
  if (header.crop_px < 1 || header.crop_px > crop_layout::kMaxCropPx) {
    refuse_damaged_crops(path, "has an impossible crop size");
  }
  if (header.encoding > static_cast<std::uint32_t>(CropEncoding::kJpeg95)) {
    refuse_damaged_crops(path, "has an unknown encoding");
  }
  if (header.file_bytes != file.size()) {
    refuse_damaged_crops(
        path, "has " + std::to_string(file.size()) + " bytes, its header says " + std::to_string(header.file_bytes));
  }
  if (header.index_offset < sizeof(Header) || header.index_offset > header.file_bytes) {
    refuse_damaged_crops(path, "has impossible section sizes");
  }
  return header;
}

CropIndex::CropIndex(std::filesystem::path path, const PositionalFile& file)
    : path_(std::move(path)), header_(read_crop_header(path_, file)) {
  tail_.resize(header_.file_bytes - header_.index_offset);
  file.read(header_.index_offset, tail_);
  check_sections();
  check_strings();
  if (is_view()) check_records_name();
}

std::uint64_t CropIndex::row_bytes() const {
  return header_.version == 1 ? crop_layout::kRowBytesOfVersion1 : sizeof(Row);
}

/// Index, string table and text stand one after another and end the file, so no sum below can overflow.
void CropIndex::check_sections() const {
  const std::uint64_t total = header_.file_bytes;
  const auto fits = [&](std::uint64_t offset, std::uint64_t size) {
    return offset >= header_.index_offset && offset <= total && size <= total - offset;
  };
  if (!fits(header_.index_offset, header_.index_bytes) || !fits(header_.strings_offset, header_.strings_bytes) ||
      !fits(header_.json_offset, header_.json_bytes) || header_.rows > header_.index_bytes ||
      header_.rows > crop_layout::kMaxRows || header_.index_bytes != header_.rows * row_bytes() ||
      header_.strings_offset != header_.index_offset + header_.index_bytes ||
      header_.json_offset != header_.strings_offset + header_.strings_bytes ||
      header_.json_offset + header_.json_bytes != total || header_.string_count > header_.strings_bytes ||
      header_.strings_bytes < (header_.string_count + 1) * 4) {
    refuse_damaged_crops(path_, "has impossible section sizes");
  }
  const std::uint64_t stride =
      encoding() == CropEncoding::kRaw
          ? crop_layout::round_up(crop_layout::crop_bytes_of(header_.crop_px), crop_layout::kRawAlign)
          : 0;
  if (header_.record_stride != stride) refuse_damaged_crops(path_, "has an impossible record stride");
  if (digest128(section(header_.index_offset, header_.index_bytes)) != header_.index_digest) {
    refuse_damaged_crops(path_, "has a damaged index");
  }
  if (digest128(section(header_.strings_offset, header_.strings_bytes)) != header_.strings_digest) {
    refuse_damaged_crops(path_, "has a damaged string table");
  }
  if (digest128(section(header_.json_offset, header_.json_bytes)) != header_.json_digest) {
    refuse_damaged_crops(path_, "has a damaged preprocessing record");
  }
}

void CropIndex::check_strings() const {
  const std::uint64_t text_bytes = header_.strings_bytes - (header_.string_count + 1) * 4;
  std::uint32_t last = 0;
  for (std::uint64_t id = 0; id <= header_.string_count; ++id) {
    const std::uint32_t begin = string_begin(id);
    if (begin < last || begin > text_bytes || (id == 0 && begin != 0)) {
      refuse_damaged_crops(path_, "has an impossible string table");
    }
    last = begin;
  }
  if (last != text_bytes) refuse_damaged_crops(path_, "has an impossible string table");
}

/// A plain name: a view never leads out of its folder.
void CropIndex::check_records_name() const {
  const bool is_known = header_.records_name < header_.string_count;
  const std::string_view name = is_known ? records_name() : "";
  if (name.empty() || name.size() > 255 || name.find('/') != name.npos || name.find('\0') != name.npos || name == "." ||
      name == ".." || header_.index_offset != sizeof(Header)) {
    refuse_damaged_crops(path_, "names no records file in its folder");
  }
}

bool CropIndex::is_possible(const Row& at) const {
  std::uint64_t largest_id =
      std::max({at.dataset, at.method, at.compression, at.video, at.target_identity, at.source_identity, at.detector});
  if (header_.version > 1) largest_id = std::max<std::uint64_t>({largest_id, at.source, at.source_digest});
  const bool has_crop = at.status == static_cast<std::uint8_t>(FrameStatus::kOk);
  return at.label <= 1 && at.split <= static_cast<std::uint8_t>(Split::kTest) &&
         at.status <= static_cast<std::uint8_t>(FrameStatus::kDecoderFailed) && largest_id < header_.string_count &&
         at.zero == 0 && at.zeros == decltype(at.zeros){} && at.frame_width >= 0 && at.frame_height >= 0 &&
         std::isfinite(at.detector_score) && has_crop == (at.size > 0) &&
         (has_crop ? encoding() == CropEncoding::kJpeg95 || at.size == crop_layout::crop_bytes_of(header_.crop_px)
                   : at.offset == 0 && at.digest == 0);
}

void CropIndex::check_rows(std::uint64_t records_end) const {
  std::uint64_t next = sizeof(Header);  // records stand one after another, in row order; a view may leave some out
  for (std::uint64_t i = 0; i < header_.rows; ++i) {
    const Row at = row(i);
    bool is_sound = is_possible(at);
    if (is_sound && at.size > 0) {
      is_sound = (is_view() ? at.offset >= next && at.offset % crop_layout::alignment_of(encoding()) == 0
                            : at.offset == next) &&
                 at.offset <= records_end && at.size <= records_end - at.offset;
      if (is_sound) next = at.offset + crop_layout::round_up(at.size, crop_layout::alignment_of(encoding()));
    }
    if (!is_sound) refuse_damaged_crops(path_, "index row " + std::to_string(i) + " is impossible");
  }
  if (is_view() ? next > records_end : next != records_end) {
    refuse_damaged_crops(path_, "has bytes that belong to no record");
  }
}

std::span<const std::byte> CropIndex::section(std::uint64_t offset, std::uint64_t size) const {
  return std::span(tail_).subspan(offset - header_.index_offset, size);
}

Row CropIndex::row(std::uint64_t i) const {
  const auto bytes = section(header_.index_offset + i * row_bytes(), row_bytes());
  if (header_.version > 1) return crop_layout::load<Row>(bytes.data());
  Row row{};
  std::memcpy(&row, bytes.data(), offsetof(Row, source));
  // What must be zero in version 1 stays so for the check.
  std::memcpy(&row.zeros, bytes.data() + offsetof(Row, source), sizeof row.zeros);
  row.zeros[2] |=
      crop_layout::load<std::uint32_t>(bytes.data() + 88) | crop_layout::load<std::uint32_t>(bytes.data() + 92);
  row.source = row.source_digest = crop_layout::kNoString;
  row.time_us = FrameInfo().time_us;
  return row;
}

std::uint32_t CropIndex::string_begin(std::uint64_t id) const {
  return crop_layout::load<std::uint32_t>(section(header_.strings_offset + id * 4, 4).data());
}

std::string_view CropIndex::text(std::uint32_t id) const {
  if (id == crop_layout::kNoString) return {};
  const std::uint64_t table = header_.strings_offset + (header_.string_count + 1) * 4;
  const std::uint32_t begin = string_begin(id);
  const auto bytes = section(table + begin, string_begin(id + 1) - begin);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

FrameInfo CropIndex::frame(std::uint64_t i) const {
  const Row at = row(i);
  FrameInfo info;
  info.label = at.label;
  info.dataset = text(at.dataset);
  info.method = text(at.method);
  info.compression = text(at.compression);
  info.video = text(at.video);
  info.target_identity = text(at.target_identity);
  info.source_identity = text(at.source_identity);
  info.split = static_cast<Split>(at.split);
  info.frame = at.frame;
  info.box = {at.x, at.y, at.width, at.height};
  info.detector = text(at.detector);
  info.status = static_cast<FrameStatus>(at.status);
  info.source = text(at.source);
  info.source_digest = text(at.source_digest);
  info.source_bytes = at.source_bytes;
  info.time_us = at.time_us;
  info.frame_width = at.frame_width;
  info.frame_height = at.frame_height;
  info.track = at.track;
  info.detector_score = at.detector_score;
  return info;
}

std::string_view CropIndex::preprocessing_json() const {
  const auto bytes = section(header_.json_offset, header_.json_bytes);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Digest128 CropIndex::fingerprint() const {
  Digest128Stream stream;
  stream.update(std::as_bytes(std::span(&header_, 1)));
  stream.update(section(header_.index_offset, header_.index_bytes));
  return stream.digest();
}

}  // namespace unmask
