#include "data/store/crop_store_writer.h"

#include <unistd.h>

#include <cstring>
#include <vector>

#include "base/durable_file.h"
#include "base/error.h"
#include "data/store/crop_index_writer.h"
#include "data/store/jpeg_codec.h"

namespace unmask {

struct CropStoreWriter::Impl {
  std::filesystem::path target;
  int crop_px;
  CropEncoding encoding;
  CropIndexWriter index;
  DurableFile file;

  Impl(const std::filesystem::path& path, int px, CropEncoding crop_encoding, std::string preprocessing_json)
      : target(path),
        crop_px(px),
        encoding(crop_encoding),
        index(path, px, crop_encoding, std::move(preprocessing_json)),
        file(path, std::to_string(::getpid())) {
    file.write(CropIndexWriter::header_space());
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorKind::kFailed, target.string() + ": " + what);
  }

  std::size_t crop_bytes() const { return crop_layout::crop_bytes_of(static_cast<std::uint64_t>(crop_px)); }

  /// `record` is empty without a crop, else the encoded bytes.
  void append(const FrameInfo& frame, std::span<const std::uint8_t> record) {
    if (record.empty()) return index.add(frame, {});
    std::vector<std::byte> padded(crop_layout::round_up(record.size(), crop_layout::alignment_of(encoding)));
    std::memcpy(padded.data(), record.data(), record.size());
    index.add(frame, {file.size(), record.size(), digest64(padded)});
    file.write(padded);
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

void CropStoreWriter::finish() {
  impl_->index.finish(impl_->file);
  impl_->file.commit();
}

}  // namespace unmask
