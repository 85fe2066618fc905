// A file of lines that only grows, and that a kill may have left with half a line at its end.
//
//   GrowingFile journal("uploads.verdicts/journal.jsonl");
//   journal.append("a line\n");  // on the disk as it returns
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace unmask {

class GrowingFile {
 public:
  /// Makes it if it isn't there, and cuts off what stands after the end of its last line. REQUIRES: nobody else writes
  /// it. THROWS Error(kFailed) naming path and errno, as append().
  explicit GrowingFile(std::filesystem::path path);
  ~GrowingFile();
  GrowingFile(const GrowingFile&) = delete;
  GrowingFile& operator=(const GrowingFile&) = delete;

  /// Written and synced. After a failure the file may have a part of it: it isn't to be used any more.
  void append(std::string_view text);
  std::uint64_t size() const { return size_; }

 private:
  std::filesystem::path path_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace unmask
