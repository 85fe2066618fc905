#include "data/store/crop_join.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "base/digest.h"
#include "base/error.h"
#include "data/store/crop_index.h"
#include "data/store/crop_index_writer.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kPieceBytes = 8 << 20;

CropIndex open_part(const fs::path& path, const PositionalFile& file) {
  CropIndex index(path, file);
  if (index.is_view()) refuse_damaged_crops(path, "holds no records of its own");
  index.check_rows(index.header().index_offset);
  return index;
}

/// A file that is there, written at any place.
class SharedFile {
 public:
  explicit SharedFile(const fs::path& path)
      : path_(path), fd_(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)) {
    if (fd_ < 0) throw io_error(path.string(), "open", errno);
  }
  ~SharedFile() { ::close(fd_); }
  SharedFile(const SharedFile&) = delete;

  void write_at(std::uint64_t offset, std::span<const std::byte> bytes) const {
    while (!bytes.empty()) {
      const ssize_t written = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) throw io_error(path_.string(), "write", errno);
      bytes = bytes.subspan(static_cast<std::size_t>(written));
      offset += static_cast<std::uint64_t>(written);
    }
  }
  /// On a network disk only this host's bytes are its own to sync.
  void sync() const {
    if (::fsync(fd_) != 0) throw io_error(path_.string(), "fsync", errno);
  }

 private:
  fs::path path_;
  int fd_;
};

}  // namespace

std::uint64_t record_bytes_of(const fs::path& part) {
  const PositionalFile file(part);
  return read_crop_header(part, file).index_offset - crop_layout::kHeaderBytes;
}

std::vector<std::uint64_t> join_offsets(std::span<const std::uint64_t> record_bytes) {
  std::vector<std::uint64_t> offsets = {crop_layout::kHeaderBytes};
  for (const std::uint64_t bytes : record_bytes) offsets.push_back(offsets.back() + bytes);
  return offsets;
}

void copy_records(const fs::path& temporary, const fs::path& part, std::uint64_t offset) {
  const PositionalFile from(part);
  const CropIndex index = open_part(part, from);
  const SharedFile to(temporary);
  const std::uint64_t alignment = crop_layout::alignment_of(index.encoding());
  std::vector<std::byte> piece;  // of whole records, which stand without gaps
  std::uint64_t begin = crop_layout::kHeaderBytes, row = 0;
  while (row < index.header().rows) {
    std::uint64_t end = begin, next = row;
    for (; next < index.header().rows && end - begin < kPieceBytes; ++next) {
      end += crop_layout::round_up(index.row(next).size, alignment);
    }
    piece.resize(end - begin);
    from.read(begin, piece);
    for (; row < next; ++row) {
      const crop_layout::Row at = index.row(row);
      if (at.size == 0) continue;
      const auto record = std::span(piece).subspan(at.offset - begin, crop_layout::round_up(at.size, alignment));
      if (digest64(record) != at.digest) {
        refuse_damaged_crops(part, "record " + std::to_string(row) + " is damaged");
      }
    }
    to.write_at(offset + begin - crop_layout::kHeaderBytes, piece);
    begin = end;
  }
  to.sync();
}

CropJoin::CropJoin(fs::path target, std::vector<std::uint64_t> record_bytes)
    : target_(std::move(target)), record_bytes_(std::move(record_bytes)), file_(target_, std::to_string(::getpid())) {
  file_.write(CropIndexWriter::header_space());
  file_.extend_to(join_offsets(record_bytes_).back());
}

void CropJoin::finish(std::span<const fs::path> parts, const std::string& preprocessing_json) {
  if (parts.empty() || parts.size() != record_bytes_.size()) {
    throw Error(ErrorKind::kFailed, target_.string() + ": " + std::to_string(parts.size()) + " parts to join, " +
                                        std::to_string(record_bytes_.size()) + " were planned");
  }
  const std::vector<std::uint64_t> offsets = join_offsets(record_bytes_);
  std::optional<crop_layout::Header> first;
  std::optional<CropIndexWriter> joined;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const PositionalFile file(parts[i]);
    const CropIndex part = open_part(parts[i], file);
    const crop_layout::Header& header = part.header();
    if (!first) {
      first = header;
      joined.emplace(target_, static_cast<int>(header.crop_px), part.encoding(), preprocessing_json);
    }
    if (header.crop_px != first->crop_px || header.encoding != first->encoding ||
        header.index_offset - crop_layout::kHeaderBytes != record_bytes_[i]) {
      throw Error(ErrorKind::kData, parts[i].string() + ": has another crop_px, encoding or size than the parts that " +
                                        target_.string() + " is joined from; remove it and run `unmask prepare` again");
    }
    for (std::uint64_t row = 0; row < header.rows; ++row) {
      const crop_layout::Row at = part.row(row);
      const std::uint64_t offset = at.size > 0 ? at.offset - crop_layout::kHeaderBytes + offsets[i] : 0;
      joined->add(part.frame(row), {offset, at.size, at.digest});
    }
  }
  joined->finish(file_);
  file_.commit();
}

}  // namespace unmask
