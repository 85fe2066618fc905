#include "base/growing_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/error.h"

namespace unmask {
namespace {

/// Bytes up to the end of the last line.
off_t whole_lines(int fd, off_t size) {
  char piece[4096];
  for (off_t end = size; end > 0;) {
    const off_t begin = std::max<off_t>(0, end - static_cast<off_t>(sizeof piece));
    if (::pread(fd, piece, static_cast<std::size_t>(end - begin), begin) != end - begin) return -1;
    for (off_t at = end; at > begin; --at) {
      if (piece[at - begin - 1] == '\n') return at;
    }
    end = begin;
  }
  return 0;
}

/// So that a new file is still there after the machine went down. Some network disks can't.
void sync_folder_of(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.parent_path();
  const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

}  // namespace

GrowingFile::GrowingFile(std::filesystem::path path) : path_(std::move(path)) {
  // O_NONBLOCK: opening a FIFO must not wait for a reader.
  fd_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
  if (fd_ < 0) throw io_error(path_.string(), "open", errno);
  const auto refuse = [&](const char* action, int error) {
    ::close(fd_);
    throw io_error(path_.string(), action, error);
  };
  struct stat info {};
  if (::fstat(fd_, &info) != 0) refuse("open", errno);
  if (!S_ISREG(info.st_mode)) refuse("open as a regular file", EINVAL);
  const off_t whole = whole_lines(fd_, info.st_size);
  if (whole < 0) refuse("read", errno);
  if (whole < info.st_size && ::ftruncate(fd_, whole) != 0) refuse("cut off half a line", errno);
  size_ = static_cast<std::uint64_t>(whole);
  if (info.st_size == 0) sync_folder_of(path_);
}

GrowingFile::~GrowingFile() { ::close(fd_); }

void GrowingFile::append(std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = ::write(fd_, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) throw io_error(path_.string(), "write", errno);
    text.remove_prefix(static_cast<std::size_t>(wrote));
    size_ += static_cast<std::uint64_t>(wrote);
  }
  if (::fdatasync(fd_) != 0) throw io_error(path_.string(), "fdatasync", errno);
}

}  // namespace unmask
