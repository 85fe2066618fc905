// Files that are whole or absent: written to a temporary name beside the target, synced, renamed, the folder synced.
//
//   DurableFile file("runs/one/best.safetensors", std::to_string(attempt));
//   file.write(header);
//   file.write(weights);
//   file.commit();  // until here the old file stands, and a kill leaves it as it is
//
// A small text in one call: write_file_durably("runs/one/results.csv", text).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace unmask {

/// One file in the making. Until commit() the target is untouched; the destructor removes what was not committed.
class DurableFile {
 public:
  /// Opens `<target>.tmp-<tag>`; `tag` tells attempts apart (a process id, an attempt's number).
  /// The parent folder must exist. Removes what killed writers left for this target, once a process; a living one,
  /// wherever it runs, holds a lock on its file, or (on disks without locks) has written to it within the last hour.
  /// THROWS Error(kFailed) naming path and errno.
  DurableFile(std::filesystem::path target, std::string_view tag);
  ~DurableFile();
  DurableFile(const DurableFile&) = delete;
  DurableFile& operator=(const DurableFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text.data(), text.size()))); }
  /// Overwrites bytes that were written before (a header that is known last).
  void write_at(std::size_t offset, std::span<const std::byte> bytes);
  /// Makes room up to `size` bytes, zeros until somebody writes them: this one, or others into temporary().
  void extend_to(std::size_t size);
  std::size_t size() const { return size_; }
  /// Where it is until commit(): for another program that writes it.
  const std::filesystem::path& temporary() const { return temporary_; }
  /// fsync, rename, fsync of the folder. A failed fsync is never retried on the same file.
  void commit();
  /// The rename alone, see replace_file.
  void commit_unsynced();

 private:
  std::filesystem::path target_, temporary_;
  int fd_ = -1;
  std::size_t size_ = 0;
};

/// A whole small file in one call. The temporary name carries the process id.
void write_file_durably(const std::filesystem::path& target, std::string_view text);

/// The same without a wait for the disk: readers see the old or the new, a machine that goes down may leave none or an
/// empty one. For copies and snapshots.
void replace_file(const std::filesystem::path& target, std::string_view text);

/// Can a file be made there? For what a long job writes at its end. THROWS Error(kFailed); leaves nothing.
void require_writable(const std::filesystem::path& target);

/// As DurableFile does for its target: for those who write temporary files of that name in another way.
void remove_abandoned(const std::filesystem::path& target);

/// Removes the temporary files that killed processes left for targets with this extension (".safetensors"), where it
/// can: they only cost space. REQUIRES: nobody is writing one there.
void remove_unfinished(const std::filesystem::path& folder, std::string_view extension);

/// A whole file, read-only, mapped. THROWS Error(kData) if it is missing or not a regular file.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// A regular file, read-only, read where it is asked for: what fails is an Error, where a mapping's page is a signal.
/// THREAD: const members may be called from any thread.
class PositionalFile {
 public:
  /// THROWS Error(kData) if it is missing or not a regular file.
  explicit PositionalFile(const std::filesystem::path& path);
  ~PositionalFile();
  PositionalFile(const PositionalFile&) = delete;
  PositionalFile& operator=(const PositionalFile&) = delete;
  /// As it was opened.
  std::uint64_t size() const { return size_; }
  /// Fills `first`, then `second`, with the bytes from `offset` on, in one call where the system gives all at once.
  /// THROWS Error: kFailed with the errno, kData where the file ends before.
  void read(std::uint64_t offset, std::span<std::byte> first, std::span<std::byte> second = {}) const;
  /// The bytes will be read soon: the system may fetch them meanwhile. Never fails.
  void expect(std::uint64_t offset, std::uint64_t size) const;
  /// The bytes won't be read again soon: their memory is better used for others.
  void forget(std::uint64_t offset, std::uint64_t size) const;

 private:
  std::filesystem::path path_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
};

/// A whole regular file as text, at most `limit_bytes`. THROWS Error(kData). Never blocks on a FIFO.
std::string read_text_file(const std::filesystem::path& path, std::size_t limit_bytes);

}  // namespace unmask
