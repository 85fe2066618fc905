#include "data/store/crop_store.h"

#include <array>
#include <optional>

#include "base/durable_file.h"
#include "base/error.h"
#include "data/store/crop_index.h"
#include "data/store/crop_views.h"
#include "data/store/jpeg_codec.h"

namespace unmask {
namespace {

using crop_layout::Header;
using crop_layout::Row;

/// Beside the view as it was named; or, where that is a link, beside what it leads to.
std::filesystem::path records_file_of(const std::filesystem::path& view, std::string_view name) {
  const std::filesystem::path beside = view.parent_path() / name;
  std::error_code ignored;
  if (std::filesystem::exists(beside, ignored)) return beside;
  const std::filesystem::path leads_to = std::filesystem::canonical(view, ignored).parent_path() / name;
  return std::filesystem::exists(leads_to, ignored) ? leads_to : beside;
}

}  // namespace

struct CropStore::Impl {
  std::filesystem::path path, records_path;
  PositionalFile own;
  CropIndex index;
  std::optional<PositionalFile> behind;  // a view's records file

  explicit Impl(const std::filesystem::path& file) : path(file), records_path(file), own(file), index(file, own) {
    if (index.is_view()) {
      records_path = records_file_of(path, index.records_name());
      refuse_unfinished_views(path, records_path);
      open_records();
    } else {
      index.check_rows(index.header().index_offset);
    }
  }

  void open_records() {
    std::optional<Header> records;
    as_view([&] {
      behind.emplace(records_path);
      records = read_crop_header(records_path, *behind);
    });
    const Header& mine = index.header();
    if (records->header_digest != mine.records_header || (records->version > 1 && records->is_view != 0) ||
        records->crop_px != mine.crop_px || records->encoding != mine.encoding) {
      throw Error(ErrorKind::kData, path.string() + ": was made for other records than those in " +
                                        records_path.string() + "; run `unmask split` to make it again");
    }
    index.check_rows(records->index_offset);
  }

  /// Faults of the records file name the view too.
  template <typename Work>
  void as_view(const Work& work) const {
    try {
      work();
    } catch (const Error& error) {
      if (!index.is_view()) throw;
      Fault fault = error.fault();
      fault.text = path.string() + ": its records: " + fault.text;
      throw Error(fault);
    }
  }

  const PositionalFile& records() const { return behind ? *behind : own; }
  std::uint64_t crop_bytes() const { return crop_layout::crop_bytes_of(index.header().crop_px); }
  std::uint64_t padded(const Row& at) const {
    return crop_layout::round_up(at.size, crop_layout::alignment_of(index.encoding()));
  }

  [[noreturn]] void damaged_record(std::size_t i) const {
    const Row at = index.row(i);
    const std::string text = "record " + std::to_string(i) + " (" + std::string(index.text(at.video)) + ", frame " +
                             std::to_string(at.frame) + ") is damaged";
    refuse_damaged_crops(path, index.is_view() ? text + " in " + records_path.string() : text);
  }

  /// The record as stored, its digest checked. REQUIRES: the record's size.
  void read_record(std::size_t i, std::span<std::uint8_t> record) const {
    const Row at = index.row(i);
    std::array<std::byte, crop_layout::kRawAlign> padding;
    const std::span<std::byte> bytes = std::as_writable_bytes(record),
                               rest = std::span(padding).first(padded(at) - at.size);
    as_view([&] { records().read(at.offset, bytes, rest); });
    if (digest64(bytes, rest) != at.digest) damaged_record(i);
  }
};

CropStore::CropStore(const std::filesystem::path& path) : impl_(std::make_unique<Impl>(path)) {}
CropStore::~CropStore() = default;
CropStore::CropStore(CropStore&&) noexcept = default;

std::size_t CropStore::size() const { return impl_->index.header().rows; }
int CropStore::crop_px() const { return static_cast<int>(impl_->index.header().crop_px); }
CropEncoding CropStore::encoding() const { return impl_->index.encoding(); }
FrameInfo CropStore::frame(std::size_t row) const { return impl_->index.frame(row); }
VideoNames CropStore::video_names(std::size_t row) const {
  const CropIndex& index = impl_->index;
  const Row at = index.row(row);
  return {index.text(at.method), index.text(at.compression), index.text(at.video), index.text(at.target_identity),
          index.text(at.source_identity)};
}
bool CropStore::has_crop(std::size_t row) const { return impl_->index.row(row).size > 0; }
FrameStatus CropStore::status(std::size_t row) const { return static_cast<FrameStatus>(impl_->index.row(row).status); }
std::uint64_t CropStore::record_digest(std::size_t row) const { return impl_->index.row(row).digest; }
std::uint64_t CropStore::record_bytes(std::size_t row) const { return impl_->index.row(row).size; }
std::uint8_t CropStore::label(std::size_t row) const { return impl_->index.row(row).label; }
Split CropStore::split(std::size_t row) const { return static_cast<Split>(impl_->index.row(row).split); }
const std::filesystem::path& CropStore::path() const { return impl_->path; }
const std::filesystem::path& CropStore::records_path() const { return impl_->records_path; }

void CropStore::read(std::size_t row, std::span<std::uint8_t> rgb) const {
  if (row >= size() || !has_crop(row) || rgb.size() != impl_->crop_bytes()) {
    throw Error(ErrorKind::kFailed, path().string() + ": row " + std::to_string(row) + " has no crop of " +
                                        std::to_string(rgb.size()) + " bytes");
  }
  if (encoding() == CropEncoding::kRaw) return impl_->read_record(row, rgb);
  thread_local std::vector<std::uint8_t> record;
  record.resize(impl_->index.row(row).size);
  impl_->read_record(row, record);
  if (!decode_jpeg(record, crop_px(), rgb)) impl_->damaged_record(row);
}

std::vector<std::uint8_t> CropStore::stored_record(std::size_t row) const {
  std::vector<std::uint8_t> record(impl_->index.row(row).size);
  impl_->read_record(row, record);
  return record;
}

void CropStore::expect(std::size_t row) const {
  const Row at = impl_->index.row(row);
  impl_->records().expect(at.offset, impl_->padded(at));
}

void CropStore::expect(std::span<const std::uint32_t> rows) const {
  constexpr std::uint64_t kMostBytes = 1 << 20;  // a kernel takes no more of a wish at once
  std::uint64_t begin = 0, end = 0;
  for (const std::uint32_t row : rows) {
    const Row at = impl_->index.row(row);
    if (at.offset != end || end - begin + impl_->padded(at) > kMostBytes) {
      if (end > begin) impl_->records().expect(begin, end - begin);
      begin = at.offset;
    }
    end = at.offset + impl_->padded(at);
  }
  if (end > begin) impl_->records().expect(begin, end - begin);
}

void CropStore::forget(std::size_t row) const {
  const Row at = impl_->index.row(row);
  impl_->records().forget(at.offset, impl_->padded(at));
}

std::string CropStore::preprocessing_json() const { return std::string(impl_->index.preprocessing_json()); }
Digest128 CropStore::fingerprint() const { return impl_->index.fingerprint(); }

}  // namespace unmask
