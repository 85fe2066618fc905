#include "data/store/crop_store_writer.h"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <vector>

#include "base/durable_file.h"
#include "base/error.h"
#include "data/store/crop_layout.h"
#include "data/store/jpeg_codec.h"

namespace unmask {

using crop_layout::Header;
using crop_layout::Row;

struct CropStoreWriter::Impl {
  std::filesystem::path target;
  int crop_px;
  CropEncoding encoding;
  std::string json;
  DurableFile file;
  std::vector<Row> rows;
  std::map<std::string, std::uint32_t> ids;
  std::vector<std::string> strings;  // by id, in order of first use
  std::uint64_t text_bytes = 0;

  Impl(const std::filesystem::path& path, int px, CropEncoding crop_encoding, std::string preprocessing_json)
      : target(path),
        crop_px(px),
        encoding(crop_encoding),
        json(std::move(preprocessing_json)),
        file(path, std::to_string(::getpid())) {
    if (px < 1 || px > static_cast<int>(crop_layout::kMaxCropPx)) fail("crops must be of 1 to 4096 px");
    file.write(std::vector<std::byte>(crop_layout::kHeaderBytes));
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorKind::kFailed, target.string() + ": " + what);
  }

  std::size_t crop_bytes() const { return static_cast<std::size_t>(crop_px) * static_cast<std::size_t>(crop_px) * 3; }

  std::uint32_t id(const std::string& text) {
    const auto [at, is_new] = ids.try_emplace(text, static_cast<std::uint32_t>(strings.size()));
    if (is_new) {
      strings.push_back(text);
      text_bytes += text.size();
      if (text_bytes > 0xFFFFFFFFu) fail("the names take more than 4 GiB");
    }
    return at->second;
  }

  /// `record` is empty without a crop, else the encoded bytes.
  void append(const FrameInfo& frame, std::span<const std::uint8_t> record) {
    if (frame.label > 1) fail("a label must be 0 or 1, got " + std::to_string(frame.label));
    if (rows.size() == crop_layout::kMaxRows) fail("more than 4294967295 rows");
    Row row{};
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
    if (!record.empty()) {
      const auto alignment = encoding == CropEncoding::kRaw ? crop_layout::kRawAlign : crop_layout::kJpegAlign;
      std::vector<std::byte> padded(crop_layout::round_up(record.size(), alignment));
      std::memcpy(padded.data(), record.data(), record.size());
      row.offset = file.size();
      row.size = record.size();
      row.digest = digest64(padded);
      file.write(padded);
    }
    rows.push_back(row);
  }

  std::vector<std::byte> string_table() const {
    std::vector<std::byte> table((strings.size() + 1) * 4 + text_bytes);
    std::uint32_t begin = 0;
    for (std::size_t i = 0; i <= strings.size(); ++i) {
      std::memcpy(table.data() + i * 4, &begin, 4);
      if (i == strings.size()) break;
      std::copy_n(reinterpret_cast<const std::byte*>(strings[i].data()), strings[i].size(),
                  table.begin() + static_cast<std::ptrdiff_t>((strings.size() + 1) * 4 + begin));
      begin += static_cast<std::uint32_t>(strings[i].size());
    }
    return table;
  }

  void finish() {
    const std::span<const std::byte> index = std::as_bytes(std::span(rows));
    const std::vector<std::byte> table = string_table();
    Header header{};
    header.magic = crop_layout::kMagic;
    header.version = crop_layout::kVersion;
    header.endian_mark = crop_layout::kEndianMark;
    header.crop_px = static_cast<std::uint32_t>(crop_px);
    header.encoding = static_cast<std::uint32_t>(encoding);
    header.rows = rows.size();
    header.record_stride =
        encoding == CropEncoding::kRaw ? crop_layout::round_up(crop_bytes(), crop_layout::kRawAlign) : 0;
    header.index_offset = file.size();
    header.index_bytes = index.size();
    header.strings_offset = header.index_offset + header.index_bytes;
    header.strings_bytes = table.size();
    header.string_count = strings.size();
    header.json_offset = header.strings_offset + header.strings_bytes;
    header.json_bytes = json.size();
    header.file_bytes = header.json_offset + header.json_bytes;
    header.index_digest = digest128(index);
    header.strings_digest = digest128(table);
    header.json_digest = digest128(std::as_bytes(std::span(json)));
    const std::span<const std::byte> bytes = std::as_bytes(std::span(&header, 1));
    header.header_digest = digest128(bytes.first(sizeof(Header) - sizeof(Digest128)));
    file.write(index);
    file.write(table);
    file.write(json);
    file.write_at(0, bytes);
    file.commit();
  }
};

CropStoreWriter::CropStoreWriter(const std::filesystem::path& target, int crop_px, CropEncoding encoding,
                                 std::string preprocessing_json)
    : impl_(std::make_unique<Impl>(target, crop_px, encoding, std::move(preprocessing_json))) {}
CropStoreWriter::~CropStoreWriter() = default;

void CropStoreWriter::append(const FrameInfo& frame, std::span<const std::uint8_t> rgb) {
  const bool has_crop = frame.status == FrameStatus::kOk;
  if (rgb.size() != (has_crop ? impl_->crop_bytes() : 0)) {
    impl_->fail("frame " + std::to_string(frame.frame) + " of " + frame.video + " is " + to_word(frame.status) +
                " and comes with " + std::to_string(rgb.size()) + " bytes of pixels");
  }
  if (has_crop && impl_->encoding == CropEncoding::kJpeg95) {
    impl_->append(frame, encode_jpeg95(rgb, impl_->crop_px));
  } else {
    impl_->append(frame, rgb);
  }
}

void CropStoreWriter::append_all(const CropStore& part) {
  if (part.crop_px() != impl_->crop_px || part.encoding() != impl_->encoding) {
    impl_->fail(part.path().string() + " has another crop_px or encoding");
  }
  for (std::size_t row = 0; row < part.size(); ++row) {
    impl_->append(part.frame(row), part.has_crop(row) ? part.stored_record(row) : std::vector<std::uint8_t>());
  }
}

void CropStoreWriter::finish() { impl_->finish(); }

}  // namespace unmask
