// What lies in a folder at any depth, while others write, move and remove there.
//
//   const FolderScan scan = scan_folder("uploads", "uploads/verdicts");
//   for (const FoundFile& file : scan.files) …
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace unmask {

/// A file as it was seen. A path, its bytes and the time of its last change are what it is known by.
struct FoundFile {
  std::filesystem::path path;
  std::int64_t bytes = 0, modified_ns = 0;  // since 1970; both 0 of what is no file: a FIFO changes as it is written to
  bool operator==(const FoundFile&) const = default;
};

struct FolderScan {
  std::vector<FoundFile> files;     // sorted by the bytes of their paths
  std::vector<std::string> faults;  // "uploads/secret: can't be listed: Permission denied", sorted
};

/// All but hidden names (a dot first) and the folder `left_out`, by whatever path it is reached. Links to files are
/// followed, links to folders are inputs by themselves: they may lead in a circle. What vanishes meanwhile isn't there.
/// Never throws but for memory.
FolderScan scan_folder(const std::filesystem::path& folder, const std::filesystem::path& left_out);

/// One of them, as it is now; nothing if it is gone.
std::optional<FoundFile> found_file(const std::filesystem::path& path);

}  // namespace unmask
