#include "data/store/crop_store.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "base/durable_file.h"
#include "base/error.h"
#include "data/store/crop_layout.h"
#include "data/store/jpeg_codec.h"

namespace unmask {

using crop_layout::Header;
using crop_layout::Row;

struct CropStore::Impl {
  std::filesystem::path path;
  PositionalFile file;
  Header header{};
  std::vector<std::byte> tail;  // index, string table and JSON: from index_offset to the end

  explicit Impl(const std::filesystem::path& file_path) : path(file_path), file(file_path) {
    check_header();
    check_sections();
    check_rows();
  }

  [[noreturn]] void damaged(const std::string& what) const {
    throw Error(ErrorKind::kData, path.string() + ": " + what + "; run `unmask prepare` to make it again");
  }

  CropEncoding encoding() const { return static_cast<CropEncoding>(header.encoding); }
  std::uint64_t crop_bytes() const { return std::uint64_t{header.crop_px} * header.crop_px * 3; }
  std::uint64_t alignment() const {
    return encoding() == CropEncoding::kRaw ? crop_layout::kRawAlign : crop_layout::kJpegAlign;
  }

  void check_header() {
    const std::span<std::byte> bytes = std::as_writable_bytes(std::span(&header, 1));
    file.read(0, bytes.first(std::min<std::uint64_t>(bytes.size(), file.size())));
    if (file.size() < 8 || std::memcmp(bytes.data(), crop_layout::kMagic.data(), 8) != 0) {
      damaged("is not a crop store");
    }
    if (file.size() < sizeof(Header)) damaged("is cut off inside its header");
    if (header.endian_mark != crop_layout::kEndianMark) damaged("has another byte order or a damaged header");
    if (header.version != crop_layout::kVersion) {
      damaged("has version " + std::to_string(header.version) + ", this program reads version " +
              std::to_string(crop_layout::kVersion));
    }
    if (digest128(bytes.first(sizeof(Header) - sizeof(Digest128))) != header.header_digest) {
      damaged("has a damaged header");
    }
    // From here on the numbers are the writer's, but a writer may be hostile: each is checked before it is used.
    if (header.crop_px < 1 || header.crop_px > crop_layout::kMaxCropPx) damaged("has an impossible crop size");
    if (header.encoding > static_cast<std::uint32_t>(CropEncoding::kJpeg95)) damaged("has an unknown encoding");
    if (header.file_bytes != file.size()) {
      damaged("has " + std::to_string(file.size()) + " bytes, its header says " + std::to_string(header.file_bytes));
    }
  }

  /// Index, string table and JSON stand one after another and end the file, so no sum below can overflow.
  void check_sections() {
    const std::uint64_t total = header.file_bytes;
    const auto fits = [total](std::uint64_t offset, std::uint64_t size) {
      return offset >= crop_layout::kHeaderBytes && offset <= total && size <= total - offset;
    };
    if (!fits(header.index_offset, header.index_bytes) || !fits(header.strings_offset, header.strings_bytes) ||
        !fits(header.json_offset, header.json_bytes) || header.rows > header.index_bytes ||
        header.rows > crop_layout::kMaxRows || header.index_bytes != header.rows * sizeof(Row) ||
        header.strings_offset != header.index_offset + header.index_bytes ||
        header.json_offset != header.strings_offset + header.strings_bytes ||
        header.json_offset + header.json_bytes != total || header.string_count > header.strings_bytes ||
        header.strings_bytes < (header.string_count + 1) * 4) {
      damaged("has impossible section sizes");
    }
    tail.resize(total - header.index_offset);
    file.read(header.index_offset, tail);
    const std::uint64_t stride =
        encoding() == CropEncoding::kRaw ? crop_layout::round_up(crop_bytes(), crop_layout::kRawAlign) : 0;
    if (header.record_stride != stride) damaged("has an impossible record stride");
    if (digest128(section(header.index_offset, header.index_bytes)) != header.index_digest) {
      damaged("has a damaged index");
    }
    if (digest128(section(header.strings_offset, header.strings_bytes)) != header.strings_digest) {
      damaged("has a damaged string table");
    }
    if (digest128(section(header.json_offset, header.json_bytes)) != header.json_digest) {
      damaged("has a damaged preprocessing record");
    }
    check_strings();
  }

  void check_strings() const {
    const std::uint64_t text_bytes = header.strings_bytes - (header.string_count + 1) * 4;
    std::uint32_t last = 0;
    for (std::uint64_t id = 0; id <= header.string_count; ++id) {
      const std::uint32_t begin = string_begin(id);
      if (begin < last || begin > text_bytes || (id == 0 && begin != 0)) damaged("has an impossible string table");
      last = begin;
    }
    if (last != text_bytes) damaged("has an impossible string table");
  }

  void check_rows() const {
    std::uint64_t next = crop_layout::kHeaderBytes;  // records stand one after another, in row order
    for (std::uint64_t i = 0; i < header.rows; ++i) {
      const Row at = row(i);
      const std::uint64_t largest_id = std::max(
          {at.dataset, at.method, at.compression, at.video, at.target_identity, at.source_identity, at.detector});
      const bool has_crop = at.status == static_cast<std::uint8_t>(FrameStatus::kOk);
      const bool is_sound = at.label <= 1 && at.split <= static_cast<std::uint8_t>(Split::kTest) &&
                            at.status <= static_cast<std::uint8_t>(FrameStatus::kUnreadable) &&
                            largest_id < header.string_count && at.zero == 0 &&
                            at.zeros == std::array<std::uint32_t, 5>{} && has_crop == (at.size > 0) &&
                            (has_crop ? at.offset == next && at.offset <= header.index_offset &&
                                            at.size <= header.index_offset - at.offset &&
                                            (encoding() == CropEncoding::kJpeg95 || at.size == crop_bytes())
                                      : at.offset == 0 && at.digest == 0);
      if (!is_sound) damaged("index row " + std::to_string(i) + " is impossible");
      if (has_crop) next = at.offset + crop_layout::round_up(at.size, alignment());
    }
    if (next != header.index_offset) damaged("has bytes that belong to no record");
  }

  /// Of what is behind the records.
  std::span<const std::byte> section(std::uint64_t offset, std::uint64_t size) const {
    return std::span(tail).subspan(offset - header.index_offset, size);
  }
  Row row(std::uint64_t i) const {
    return crop_layout::load<Row>(section(header.index_offset + i * sizeof(Row), sizeof(Row)).data());
  }
  std::uint32_t string_begin(std::uint64_t id) const {
    return crop_layout::load<std::uint32_t>(section(header.strings_offset + id * 4, 4).data());
  }
  std::string_view text(std::uint32_t id) const {
    const std::uint64_t table = header.strings_offset + (header.string_count + 1) * 4;
    const std::uint32_t begin = string_begin(id);
    const auto bytes = section(table + begin, string_begin(id + 1) - begin);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  FrameInfo frame(std::size_t i) const {
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
    return info;
  }

  [[noreturn]] void damaged_record(std::size_t i) const {
    const Row at = row(i);
    damaged("record " + std::to_string(i) + " (" + std::string(text(at.video)) + ", frame " + std::to_string(at.frame) +
            ") is damaged");
  }

  std::uint64_t padded(const Row& at) const { return crop_layout::round_up(at.size, alignment()); }

  /// The record as stored, its digest checked. REQUIRES: the record's size.
  void read_record(std::size_t i, std::span<std::uint8_t> record) const {
    const Row at = row(i);
    std::array<std::byte, crop_layout::kRawAlign> padding;
    const std::span<std::byte> bytes = std::as_writable_bytes(record),
                               rest = std::span(padding).first(padded(at) - at.size);
    file.read(at.offset, bytes, rest);
    if (digest64(bytes, rest) != at.digest) damaged_record(i);
  }
};

CropStore::CropStore(const std::filesystem::path& path) : impl_(std::make_unique<Impl>(path)) {}
CropStore::~CropStore() = default;
CropStore::CropStore(CropStore&&) noexcept = default;

std::size_t CropStore::size() const { return impl_->header.rows; }
int CropStore::crop_px() const { return static_cast<int>(impl_->header.crop_px); }
CropEncoding CropStore::encoding() const { return impl_->encoding(); }
FrameInfo CropStore::frame(std::size_t row) const { return impl_->frame(row); }
VideoNames CropStore::video_names(std::size_t row) const {
  const Row at = impl_->row(row);
  return {impl_->text(at.method), impl_->text(at.compression), impl_->text(at.video), impl_->text(at.target_identity)};
}
bool CropStore::has_crop(std::size_t row) const { return impl_->row(row).size > 0; }
std::uint8_t CropStore::label(std::size_t row) const { return impl_->row(row).label; }
const std::filesystem::path& CropStore::path() const { return impl_->path; }

void CropStore::read(std::size_t row, std::span<std::uint8_t> rgb) const {
  if (row >= size() || !has_crop(row) || rgb.size() != impl_->crop_bytes()) {
    throw Error(ErrorKind::kFailed, path().string() + ": row " + std::to_string(row) + " has no crop of " +
                                        std::to_string(rgb.size()) + " bytes");
  }
  if (encoding() == CropEncoding::kRaw) return impl_->read_record(row, rgb);
  thread_local std::vector<std::uint8_t> record;
  record.resize(impl_->row(row).size);
  impl_->read_record(row, record);
  if (!decode_jpeg(record, crop_px(), rgb)) impl_->damaged_record(row);
}

std::vector<std::uint8_t> CropStore::stored_record(std::size_t row) const {
  std::vector<std::uint8_t> record(impl_->row(row).size);
  impl_->read_record(row, record);
  return record;
}

void CropStore::expect(std::size_t row) const {
  const Row at = impl_->row(row);
  impl_->file.expect(at.offset, impl_->padded(at));
}

std::string CropStore::preprocessing_json() const {
  const auto bytes = impl_->section(impl_->header.json_offset, impl_->header.json_bytes);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Digest128 CropStore::fingerprint() const {
  Digest128Stream stream;
  stream.update(std::as_bytes(std::span(&impl_->header, 1)));
  stream.update(impl_->section(impl_->header.index_offset, impl_->header.index_bytes));
  return stream.digest();
}

}  // namespace unmask
