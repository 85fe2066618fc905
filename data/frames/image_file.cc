#include "data/frames/image_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "data/frames/bmp_reader.h"
#include "data/frames/jpeg_reader.h"
#include "data/frames/npy_reader.h"
#include "data/frames/png_reader.h"
#include "data/frames/webp_reader.h"

namespace unmask {

ReadFrame read_image(int fd, const FrameLimits& limits) {
  const off_t size = lseek(fd, 0, SEEK_END);
  if (size < 0) return unread(FrameStatus::kUnreadable, std::strerror(errno));
  if (size > limits.max_file_bytes) {
    return unread(FrameStatus::kTooLarge,
                  std::to_string(size) + " bytes; the limit is " + std::to_string(limits.max_file_bytes));
  }
  EncodedBytes bytes(static_cast<std::size_t>(size));
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = pread(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unread(FrameStatus::kUnreadable, std::strerror(errno));
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  bytes.resize(done);  // a file that shrank meanwhile is judged by what was there
  return decode_image(bytes, limits);
}

ReadFrame decode_image(const EncodedBytes& bytes, const FrameLimits& limits) {
  if (bytes.empty()) return unread(FrameStatus::kTruncated, "the file is empty");
  if (has_text(bytes, 0, "\x89PNG\r\n\x1a\n")) return read_png(bytes, limits);
  if (has_text(bytes, 0, "\xFF\xD8")) return read_jpeg(bytes, limits);
  if (has_text(bytes, 0, "BM")) return read_bmp(bytes, limits);
  if (has_text(bytes, 0, "RIFF") && has_text(bytes, 8, "WEBP")) return read_webp(bytes, limits);
  if (has_text(bytes, 0, "\x93NUMPY")) return read_npy(bytes, limits);
  // The first bytes of a known signature and nothing more: a file that was cut off.
  for (const std::string_view signature :
       {std::string_view("\x89PNG\r\n\x1a\n"), std::string_view("\xFF\xD8"), std::string_view("RIFF")}) {
    if (bytes.size() < signature.size() && has_text(bytes, 0, signature.substr(0, bytes.size()))) {
      return unread(FrameStatus::kTruncated, "the file ends after " + std::to_string(bytes.size()) + " bytes");
    }
  }
  return unread(FrameStatus::kNotAnImage, "wanted PNG, JPEG, BMP or WebP");
}

std::optional<ReadFrame> file_fault(const std::filesystem::path& file) {
  struct stat info {};
  if (stat(file.c_str(), &info) != 0) return unread(FrameStatus::kUnreadable, std::strerror(errno));
  if (S_ISREG(info.st_mode)) return std::nullopt;
  return unread(FrameStatus::kNotAFile, S_ISDIR(info.st_mode)    ? "a folder"
                                        : S_ISFIFO(info.st_mode) ? "a FIFO"
                                                                 : "not a file");
}

ReadFrame read_image(const std::filesystem::path& file, const FrameLimits& limits) {
  if (auto fault = file_fault(file)) return *fault;
  // O_NONBLOCK in case it is exchanged for a FIFO in between.
  const int fd = open(file.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return unread(FrameStatus::kUnreadable, std::strerror(errno));
  struct stat info {};
  const bool is_file = fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
  ReadFrame frame = is_file ? read_image(fd, limits) : unread(FrameStatus::kNotAFile, "wanted a file");
  close(fd);
  return frame;
}

}  // namespace unmask
