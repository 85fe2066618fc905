#include "base/durable_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <ctime>
#include <mutex>
#include <set>
#include <utility>

#include "base/error.h"

namespace unmask {
namespace {

void sync_folder(const std::filesystem::path& folder) {
  const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) throw io_error(folder.string(), "open folder", errno);
  const int rc = ::fsync(fd);
  const int error = errno;
  ::close(fd);
  // Some network disks (CIFS) know no fsync of folders: there is nothing that could be done.
  if (rc != 0 && error != EINVAL) throw io_error(folder.string(), "fsync folder", error);
}

int open_regular_file(const std::filesystem::path& path, struct stat& status) {
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) throw Error(ErrorKind::kData, io_error(path.string(), "open", errno).what());
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(fd);
    throw Error(ErrorKind::kData, path.string() + ": is not a regular file");
  }
  return fd;
}

constexpr std::time_t kAbandonedAfterS = 3600;

/// Locked, so that nobody takes it for abandoned while this process lives.
int create_claimed(const std::filesystem::path& file) {
  while (true) {
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0) throw io_error(file.string(), "create", errno);
    ::flock(fd, LOCK_EX | LOCK_NB);
    struct stat status {};
    if (::fstat(fd, &status) != 0 || status.st_nlink > 0) return fd;
    ::close(fd);  // somebody removed it before it was locked
  }
}

bool is_abandoned(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return false;
  struct stat status {};
  bool abandoned = ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
  if (abandoned && ::flock(fd, LOCK_EX | LOCK_NB) != 0)
    abandoned = errno != EWOULDBLOCK && std::time(nullptr) - status.st_mtime > kAbandonedAfterS;
  ::close(fd);
  return abandoned;
}

/// Killed writers are those of other processes, so one look a target is enough.
bool is_first_look(const std::filesystem::path& target) {
  static std::mutex mutex;
  static std::set<std::filesystem::path> looked_at;
  const std::lock_guard lock(mutex);
  return looked_at.insert(std::filesystem::absolute(target)).second;
}

}  // namespace

void remove_abandoned(const std::filesystem::path& target) {
  const std::string beginning = target.filename().string() + ".tmp-";
  const std::filesystem::path folder = target.parent_path();
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder.empty() ? "." : folder, ignored)) {
    if (entry.path().filename().string().starts_with(beginning) && is_abandoned(entry.path()))
      ::unlink(entry.path().c_str());
  }
}

DurableFile::DurableFile(std::filesystem::path target, std::string_view tag) : target_(std::move(target)) {
  temporary_ = target_;
  temporary_ += ".tmp-" + std::string(tag);
  if (is_first_look(target_)) remove_abandoned(target_);
  fd_ = create_claimed(temporary_);
}

DurableFile::~DurableFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(temporary_.c_str());
}

void DurableFile::write(std::span<const std::byte> bytes) {
  write_at(size_, bytes);
  size_ += bytes.size();
}

void DurableFile::write_at(std::size_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw io_error(temporary_.string(), "write", errno);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::size_t>(written);
  }
}

void DurableFile::extend_to(std::size_t size) {
  if (size < size_) throw Error(ErrorKind::kFailed, temporary_.string() + ": has more bytes than it is to have");
  if (::ftruncate(fd_, static_cast<off_t>(size)) != 0) throw io_error(temporary_.string(), "extend", errno);
  size_ = size;
}

void DurableFile::commit() {
  if (::fsync(fd_) != 0) throw io_error(temporary_.string(), "fsync", errno);
  commit_unsynced();
  sync_folder(target_.parent_path());
}

void DurableFile::commit_unsynced() {
  if (::close(std::exchange(fd_, -1)) != 0) {
    const int error = errno;
    ::unlink(temporary_.c_str());
    throw io_error(temporary_.string(), "close", error);
  }
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary_.c_str());
    throw io_error(target_.string(), "rename into place", error);
  }
}

void write_file_durably(const std::filesystem::path& target, std::string_view text) {
  DurableFile file(target, std::to_string(::getpid()));
  file.write(text);
  file.commit();
}

void replace_file(const std::filesystem::path& target, std::string_view text) {
  DurableFile file(target, std::to_string(::getpid()));
  file.write(text);
  file.commit_unsynced();
}

void require_writable(const std::filesystem::path& target) {
  if (std::filesystem::is_directory(target)) throw io_error(target.string(), "write", EISDIR);
  const DurableFile file(target, std::to_string(::getpid()));
}

void remove_unfinished(const std::filesystem::path& folder, std::string_view extension) {
  const std::string part = std::string(extension) + ".tmp-";
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    if (entry.path().filename().string().find(part) != std::string::npos)
      std::filesystem::remove(entry.path(), ignored);
  }
}

MappedFile::MappedFile(const std::filesystem::path& path) {
  struct stat status {};
  const int fd = open_regular_file(path, status);
  size_ = static_cast<std::size_t>(status.st_size);
  if (size_ > 0) {
    void* address = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, fd, 0);
    const int error = errno;
    ::close(fd);
    if (address == MAP_FAILED) throw io_error(path.string(), "mmap", error);
    data_ = static_cast<const std::byte*>(address);
  } else {
    ::close(fd);
  }
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}
MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

PositionalFile::PositionalFile(const std::filesystem::path& path) : path_(path) {
  struct stat status {};
  fd_ = open_regular_file(path, status);
  size_ = static_cast<std::uint64_t>(status.st_size);
}

PositionalFile::~PositionalFile() { ::close(fd_); }

void PositionalFile::read(std::uint64_t offset, std::span<std::byte> first, std::span<std::byte> second) const {
  while (!first.empty() || !second.empty()) {
    const iovec parts[] = {{first.data(), first.size()}, {second.data(), second.size()}};
    const ssize_t got = ::preadv(fd_, parts, 2, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw io_error(path_.string(), "read", errno);
    if (got == 0) {
      throw Error(ErrorKind::kData, path_.string() + ": ends at byte " + std::to_string(offset) + "; it had " +
                                        std::to_string(size_) + " when it was opened and was cut short since");
    }
    offset += static_cast<std::uint64_t>(got);
    const std::size_t of_first = std::min(first.size(), static_cast<std::size_t>(got));
    first = first.subspan(of_first);
    second = second.subspan(static_cast<std::size_t>(got) - of_first);
  }
}

void PositionalFile::expect(std::uint64_t offset, std::uint64_t size) const {
  ::posix_fadvise(fd_, static_cast<off_t>(offset), static_cast<off_t>(size), POSIX_FADV_WILLNEED);
}

void PositionalFile::forget(std::uint64_t offset, std::uint64_t size) const {
  ::posix_fadvise(fd_, static_cast<off_t>(offset), static_cast<off_t>(size), POSIX_FADV_DONTNEED);
}

std::string read_text_file(const std::filesystem::path& path, std::size_t limit_bytes) {
  struct stat status {};
  const int fd = open_regular_file(path, status);
  std::string text;
  char buffer[1 << 16];
  while (text.size() <= limit_bytes) {
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const int error = errno;
      ::close(fd);
      throw io_error(path.string(), "read", error);
    }
    if (got == 0) break;
    text.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(fd);
  if (text.size() > limit_bytes) {
    throw Error(ErrorKind::kData, path.string() + ": larger than " + std::to_string(limit_bytes) + " bytes");
  }
  return text;
}

}  // namespace unmask
