#include "data/frames/frame_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <turbojpeg.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include <boost/crc.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

namespace unmask {
namespace {

using Bytes = std::vector<std::uint8_t>;

ReadFrame bad(FrameStatus status, std::string problem) { return {status, std::move(problem), {}}; }

std::uint32_t big_endian32(const Bytes& bytes, std::size_t at) {
  return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 | std::uint32_t{bytes[at + 2]} << 8 |
         bytes[at + 3];
}
std::uint32_t little_endian(const Bytes& bytes, std::size_t at, int count) {
  std::uint32_t value = 0;
  for (int i = 0; i < count; ++i) value |= std::uint32_t{bytes[at + static_cast<std::size_t>(i)]} << (8 * i);
  return value;
}
bool has_text(const Bytes& bytes, std::size_t at, std::string_view text) {
  return bytes.size() >= at + text.size() && std::memcmp(bytes.data() + at, text.data(), text.size()) == 0;
}

/// Nothing wrong: status ok. The size comes from a header that nobody has checked yet.
ReadFrame check_size(std::int64_t width, std::int64_t height, const FrameLimits& limits) {
  if (width <= 0 || height <= 0) return bad(FrameStatus::kTruncated, "its header gives no size");
  if (width > limits.max_pixels / height) {
    return bad(FrameStatus::kTooLarge, std::to_string(width) + " x " + std::to_string(height) +
                                           " pixels; the limit is " + std::to_string(limits.max_pixels) +
                                           " (max_pixels)");
  }
  return {};
}

ReadFrame decode_with_opencv(const Bytes& bytes, const FrameLimits& limits) {
  cv::Mat bgr;
  try {
    bgr = cv::imdecode(bytes, cv::IMREAD_COLOR);
  } catch (const cv::Exception& error) {
    return bad(FrameStatus::kTruncated, "can't be decoded: " + error.err);
  }
  if (bgr.empty()) return bad(FrameStatus::kTruncated, "can't be decoded: damaged, or of a kind that isn't read");
  if (ReadFrame size = check_size(bgr.cols, bgr.rows, limits); size.status != FrameStatus::kOk) return size;
  ReadFrame frame;
  frame.image = {bgr.cols, bgr.rows,
                 Bytes(static_cast<std::size_t>(bgr.cols) * static_cast<std::size_t>(bgr.rows) * 3)};
  cv::Mat rgb(bgr.rows, bgr.cols, CV_8UC3, frame.image.rgb.data());
  cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
  return frame;
}

/// Does the decoder need the chunk of this type? Colour profiles and texts aren't used,
/// and libpng warns of many of them.
bool is_needed_png_chunk(const Bytes& bytes, std::size_t type_at) {
  const bool critical = (bytes[type_at] & 0x20) == 0;
  return critical || has_text(bytes, type_at, "tRNS") || has_text(bytes, type_at, "eXIf");
}

/// Walks the chunks: lengths within the file, CRCs right, IHDR first, IEND there.
ReadFrame read_png(const Bytes& bytes, const FrameLimits& limits) {
  Bytes needed(bytes.begin(), bytes.begin() + 8);
  std::size_t at = 8;
  bool first = true;
  while (true) {
    if (bytes.size() - at < 12) {
      return bad(FrameStatus::kTruncated, "the PNG ends at byte " + std::to_string(bytes.size()) + ", before its IEND");
    }
    const std::size_t length = big_endian32(bytes, at);
    if (length > bytes.size() - at - 12) {
      return bad(FrameStatus::kTruncated, "the PNG ends within the chunk at byte " + std::to_string(at));
    }
    if (first != has_text(bytes, at + 4, "IHDR") || (first && length != 13)) {
      return bad(FrameStatus::kTruncated, "the PNG doesn't start with one header chunk");
    }
    boost::crc_32_type crc;
    crc.process_bytes(bytes.data() + at + 4, length + 4);
    if (crc.checksum() != big_endian32(bytes, at + 8 + length)) {
      return bad(FrameStatus::kTruncated, "the PNG chunk at byte " + std::to_string(at) + " fails its CRC");
    }
    if (first) {
      ReadFrame size = check_size(big_endian32(bytes, at + 8), big_endian32(bytes, at + 12), limits);
      if (size.status != FrameStatus::kOk) return size;
    }
    const auto chunk = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    const auto chunk_end = chunk + static_cast<std::ptrdiff_t>(12 + length);
    if (is_needed_png_chunk(bytes, at + 4)) needed.insert(needed.end(), chunk, chunk_end);
    if (has_text(bytes, at + 4, "IEND")) break;
    first = false;
    at += 12 + length;
  }
  return decode_with_opencv(needed, limits);
}

/// Is there an EXIF segment before the picture's data?
bool has_exif(const Bytes& bytes) {
  std::size_t at = 2;
  while (at + 4 <= bytes.size() && bytes[at] == 0xFF && bytes[at + 1] != 0xDA) {
    if (bytes[at + 1] == 0xE1 && has_text(bytes, at + 4, "Exif")) return true;
    at += 2 + (std::size_t{bytes[at + 2]} << 8 | bytes[at + 3]);
  }
  return false;
}

ReadFrame read_jpeg(const Bytes& bytes, const FrameLimits& limits) {
  const std::unique_ptr<void, int (*)(tjhandle)> decoder(tjInitDecompress(), &tjDestroy);
  if (!decoder) return bad(FrameStatus::kUnreadable, "the JPEG decoder doesn't start");
  int width = 0, height = 0, subsampling = 0, colours = 0;
  const auto count = static_cast<unsigned long>(bytes.size());
  if (tjDecompressHeader3(decoder.get(), bytes.data(), count, &width, &height, &subsampling, &colours) != 0) {
    return bad(FrameStatus::kTruncated,
               std::string("the JPEG header is damaged or cut off: ") + tjGetErrorStr2(decoder.get()));
  }
  if (ReadFrame size = check_size(width, height, limits); size.status != FrameStatus::kOk) return size;
  if (colours == TJCS_CMYK || colours == TJCS_YCCK) {
    return bad(FrameStatus::kNotAnImage, "a CMYK JPEG: wanted RGB or grey");
  }
  ReadFrame frame;
  frame.image = {width, height, Bytes(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3)};
  // A progressive file of 500 or more scans is an attack on time, not a picture (LIMITSCANS).
  if (tjDecompress2(decoder.get(), bytes.data(), count, frame.image.rgb.data(), width, 0, height, TJPF_RGB,
                    TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS) != 0) {
    return bad(FrameStatus::kTruncated,
               std::string("the JPEG is damaged or cut off: ") + tjGetErrorStr2(decoder.get()));
  }
  return has_exif(bytes) ? decode_with_opencv(bytes, limits) : frame;
}

ReadFrame read_bmp(const Bytes& bytes, const FrameLimits& limits) {
  if (bytes.size() < 54) return bad(FrameStatus::kTruncated, "the BMP ends within its header");
  const std::int64_t width = static_cast<std::int32_t>(little_endian(bytes, 18, 4));
  const std::int64_t height = std::abs(std::int64_t{static_cast<std::int32_t>(little_endian(bytes, 22, 4))});
  const std::int64_t bits = little_endian(bytes, 28, 2);
  if (little_endian(bytes, 14, 4) < 40 || little_endian(bytes, 30, 4) != 0 || (bits != 8 && bits != 24 && bits != 32)) {
    return bad(FrameStatus::kNotAnImage, "a BMP of a rare kind: wanted 8, 24 or 32 bits without compression");
  }
  if (ReadFrame size = check_size(width, height, limits); size.status != FrameStatus::kOk) return size;
  const std::int64_t row_bytes = (width * bits + 31) / 32 * 4;
  if (little_endian(bytes, 10, 4) + row_bytes * height > static_cast<std::int64_t>(bytes.size())) {
    return bad(FrameStatus::kTruncated, "the BMP ends before its last row");
  }
  return decode_with_opencv(bytes, limits);
}

ReadFrame read_webp(const Bytes& bytes, const FrameLimits& limits) {
  if (bytes.size() < 30 || bytes.size() - 8 < little_endian(bytes, 4, 4)) {
    return bad(FrameStatus::kTruncated, "the WebP is shorter than its header says");
  }
  std::int64_t width = 0, height = 0;
  if (has_text(bytes, 12, "VP8X")) {
    width = little_endian(bytes, 24, 3) + 1;
    height = little_endian(bytes, 27, 3) + 1;
  } else if (has_text(bytes, 12, "VP8L")) {
    const std::uint32_t packed = little_endian(bytes, 21, 4);
    width = (packed & 0x3FFF) + 1;
    height = (packed >> 14 & 0x3FFF) + 1;
  } else if (has_text(bytes, 12, "VP8 ")) {
    width = little_endian(bytes, 26, 2) & 0x3FFF;
    height = little_endian(bytes, 28, 2) & 0x3FFF;
  } else {
    return bad(FrameStatus::kNotAnImage, "a WebP of an unknown kind");
  }
  if (ReadFrame size = check_size(width, height, limits); size.status != FrameStatus::kOk) return size;
  return decode_with_opencv(bytes, limits);
}

ReadFrame read_open_file(int fd, const FrameLimits& limits) {
  struct stat info {};
  if (fstat(fd, &info) != 0) return bad(FrameStatus::kUnreadable, std::strerror(errno));
  if (!S_ISREG(info.st_mode)) return bad(FrameStatus::kNotAFile, "wanted a file");
  if (info.st_size > limits.max_file_bytes) {
    return bad(FrameStatus::kTooLarge,
               std::to_string(info.st_size) + " bytes; the limit is " + std::to_string(limits.max_file_bytes));
  }
  Bytes bytes(static_cast<std::size_t>(info.st_size));
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = read(fd, bytes.data() + done, bytes.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return bad(FrameStatus::kUnreadable, std::strerror(errno));
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  bytes.resize(done);  // a file that shrank meanwhile is judged by what was there
  return decode_frame(bytes, limits);
}

}  // namespace

ReadFrame decode_frame(const Bytes& bytes, const FrameLimits& limits) {
  if (bytes.empty()) return bad(FrameStatus::kTruncated, "the file is empty");
  if (has_text(bytes, 0, "\x89PNG\r\n\x1a\n")) return read_png(bytes, limits);
  if (has_text(bytes, 0, "\xFF\xD8")) return read_jpeg(bytes, limits);
  if (has_text(bytes, 0, "BM")) return read_bmp(bytes, limits);
  if (has_text(bytes, 0, "RIFF") && has_text(bytes, 8, "WEBP")) return read_webp(bytes, limits);
  // The first bytes of a known signature and nothing more: a file that was cut off.
  for (const std::string_view signature :
       {std::string_view("\x89PNG\r\n\x1a\n"), std::string_view("\xFF\xD8"), std::string_view("RIFF")}) {
    if (bytes.size() < signature.size() && has_text(bytes, 0, signature.substr(0, bytes.size()))) {
      return bad(FrameStatus::kTruncated, "the file ends after " + std::to_string(bytes.size()) + " bytes");
    }
  }
  return bad(FrameStatus::kNotAnImage, "wanted PNG, JPEG, BMP or WebP");
}

ReadFrame read_frame(const std::filesystem::path& file, const FrameLimits& limits) {
  // Looked at first, because opening a device can act on it; O_NONBLOCK in case it is exchanged for a FIFO in between.
  struct stat info {};
  if (stat(file.c_str(), &info) != 0) return bad(FrameStatus::kUnreadable, std::strerror(errno));
  if (!S_ISREG(info.st_mode)) {
    return bad(FrameStatus::kNotAFile, S_ISDIR(info.st_mode)    ? "a folder"
                                       : S_ISFIFO(info.st_mode) ? "a FIFO"
                                                                : "not a file");
  }
  const int fd = open(file.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return bad(FrameStatus::kUnreadable, std::strerror(errno));
  ReadFrame frame = read_open_file(fd, limits);
  close(fd);
  return frame;
}

}  // namespace unmask
