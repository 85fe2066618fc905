#include "launch/run/folder_scan.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "data/printable.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

using FolderId = std::pair<dev_t, ino_t>;

std::optional<FolderId> id_of(const fs::path& folder) {
  struct stat info {};
  if (::stat(folder.c_str(), &info) != 0) return std::nullopt;
  return FolderId(info.st_dev, info.st_ino);
}

std::string fault_of(const fs::path& path, const char* what, const std::error_code& fault) {
  return printable(path.native()) + ": " + what + ": " + fault.message();
}

/// What an entry of a folder is: one more folder, a file, or a fault.
void look_at(const fs::path& path, std::vector<fs::path>& folders, FolderScan& scan) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) {
    const std::error_code fault(errno, std::generic_category());
    if (errno != ENOENT) scan.faults.push_back(fault_of(path, "can't be looked at", fault));
  } else if (S_ISDIR(info.st_mode)) {
    folders.push_back(path);
  } else if (auto file = found_file(path)) {
    scan.files.push_back(*std::move(file));
  }
}

}  // namespace

std::optional<FoundFile> found_file(const fs::path& path) {
  struct stat info {};
  // A link to nothing is an input like others that can't be read.
  if (::stat(path.c_str(), &info) != 0 && ::lstat(path.c_str(), &info) != 0) return std::nullopt;
  if (!S_ISREG(info.st_mode)) return FoundFile{path};
  constexpr std::int64_t kSecond = 1'000'000'000;
  return FoundFile{path, info.st_size, info.st_mtim.tv_sec * kSecond + info.st_mtim.tv_nsec};
}

FolderScan scan_folder(const fs::path& folder, const fs::path& left_out) {
  const std::optional<FolderId> own = id_of(left_out);
  FolderScan scan;
  std::vector<fs::path> folders = {folder};
  while (!folders.empty()) {
    const fs::path here = std::move(folders.back());
    folders.pop_back();
    if (own && id_of(here) == own) continue;
    std::error_code fault;
    for (fs::directory_iterator entry(here, fault), end; !fault && entry != end; entry.increment(fault)) {
      if (!entry->path().filename().native().starts_with('.')) look_at(entry->path(), folders, scan);
    }
    const bool is_gone = fault == std::errc::no_such_file_or_directory && here != folder;
    if (fault && !is_gone) scan.faults.push_back(fault_of(here, "can't be listed", fault));
  }
  std::ranges::sort(scan.files, {}, [](const FoundFile& file) -> const std::string& { return file.path.native(); });
  std::ranges::sort(scan.faults);
  return scan;
}

}  // namespace unmask
