#include "data/store/crop_store.h"

#include <algorithm>
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
  MappedFile file;
  Header header;

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
    const std::span<const std::byte> bytes = file.bytes();
    if (bytes.size() < 8 || std::memcmp(bytes.data(), crop_layout::kMagic.data(), 8) != 0) {
      damaged("is not a crop store");
    }
    if (bytes.size() < sizeof(Header)) damaged("is cut off inside its header");
    header = crop_layout::load<Header>(bytes.data());
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
    if (header.file_bytes != bytes.size()) {
      damaged("has " + std::to_string(bytes.size()) + " bytes, its header says " + std::to_string(header.file_bytes));
    }
  }

  /// Index, string table and JSON stand one after another and end the file, so no sum below can overflow.
  void check_sections() const {
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

  std::span<const std::byte> section(std::uint64_t offset, std::uint64_t size) const {
    return file.bytes().subspan(offset, size);
  }
  Row row(std::uint64_t i) const {
    return crop_layout::load<Row>(file.bytes().data() + header.index_offset + i * sizeof(Row));
  }
  std::uint32_t string_begin(std::uint64_t id) const {
    return crop_layout::load<std::uint32_t>(file.bytes().data() + header.strings_offset + id * 4);
  }
  std::string text(std::uint32_t id) const {
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
    damaged("record " + std::to_string(i) + " (" + text(at.video) + ", frame " + std::to_string(at.frame) +
            ") is damaged");
  }

  /// The record as stored, its digest checked.
  std::span<const std::uint8_t> checked_record(std::size_t i) const {
    const Row at = row(i);
    if (digest64(section(at.offset, crop_layout::round_up(at.size, alignment()))) != at.digest) damaged_record(i);
    return {reinterpret_cast<const std::uint8_t*>(file.bytes().data()) + at.offset, at.size};
  }
};

CropStore::CropStore(const std::filesystem::path& path) : impl_(std::make_unique<Impl>(path)) {}
CropStore::~CropStore() = default;
CropStore::CropStore(CropStore&&) noexcept = default;

std::size_t CropStore::size() const { return impl_->header.rows; }
int CropStore::crop_px() const { return static_cast<int>(impl_->header.crop_px); }
CropEncoding CropStore::encoding() const { return impl_->encoding(); }
FrameInfo CropStore::frame(std::size_t row) const { return impl_->frame(row); }
bool CropStore::has_crop(std::size_t row) const { return impl_->row(row).size > 0; }
std::uint8_t CropStore::label(std::size_t row) const { return impl_->row(row).label; }
const std::filesystem::path& CropStore::path() const { return impl_->path; }

void CropStore::read(std::size_t row, std::span<std::uint8_t> rgb) const {
  if (row >= size() || !has_crop(row) || rgb.size() != impl_->crop_bytes()) {
    throw Error(ErrorKind::kFailed, path().string() + ": row " + std::to_string(row) + " has no crop of " +
                                        std::to_string(rgb.size()) + " bytes");
  }
  const std::span<const std::uint8_t> record = impl_->checked_record(row);
  if (encoding() == CropEncoding::kRaw) {
    std::copy(record.begin(), record.end(), rgb.begin());
  } else if (!decode_jpeg(record, crop_px(), rgb)) {
    impl_->damaged_record(row);
  }
}

std::span<const std::uint8_t> CropStore::stored_record(std::size_t row) const { return impl_->checked_record(row); }

std::string CropStore::preprocessing_json() const {
  const auto bytes = impl_->section(impl_->header.json_offset, impl_->header.json_bytes);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Digest128 CropStore::fingerprint() const {
  Digest128Stream stream;
  stream.update(impl_->section(0, crop_layout::kHeaderBytes));
  stream.update(impl_->section(impl_->header.index_offset, impl_->header.index_bytes));
  return stream.digest();
}

}  // namespace unmask
