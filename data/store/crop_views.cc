#include "data/store/crop_views.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "base/durable_file.h"
#include "base/error.h"
#include "base/fault_point.h"
#include "data/store/crop_index.h"
#include "data/store/crop_index_writer.h"
#include "data/store_paths.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMark = "splits.unfinished";

/// One writer of a dataset's views at a time; the kernel lets go of it where a writer dies.
class FolderLock {
 public:
  explicit FolderLock(const fs::path& folder) : fd_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (fd_ < 0) throw Error(ErrorKind::kData, io_error(folder.string(), "open folder", errno).what());
    while (::flock(fd_, LOCK_EX) != 0 && errno == EINTR) {
    }
  }
  ~FolderLock() { ::close(fd_); }
  FolderLock(const FolderLock&) = delete;

 private:
  int fd_;
};

/// prepared.crops, its index read and checked.
CropIndex open_prepared(const fs::path& path) {
  const PositionalFile file(path);
  CropIndex index(path, file);
  if (index.is_view()) refuse_damaged_crops(path, "holds no records of its own");
  index.check_rows(index.header().index_offset);
  return index;
}

void write_view(const CropIndex& prepared, const fs::path& target, Split split,
                std::span<const std::optional<Split>> splits) {
  CropIndexWriter index(target, static_cast<int>(prepared.header().crop_px), prepared.encoding(),
                        std::string(prepared.preprocessing_json()));
  for (std::size_t row = 0; row < splits.size(); ++row) {
    if (splits[row] != split) continue;
    FrameInfo frame = prepared.frame(row);
    frame.split = split;
    const crop_layout::Row at = prepared.row(row);
    index.add(frame, {at.offset, at.size, at.digest});
  }
  DurableFile file(target, std::to_string(::getpid()));
  file.write(CropIndexWriter::header_space());
  index.finish_view(file, kPreparedName, prepared.header().header_digest);
  file.commit();
}

void write_views(const CropIndex& prepared, const fs::path& stores, const std::string& dataset,
                 std::span<const std::optional<Split>> splits) {
  const fs::path folder = stores / dataset, mark = folder / kMark;
  const auto has_rows = [&](Split split) { return std::ranges::find(splits, std::optional(split)) != splits.end(); };
  write_file_durably(
      mark, "the splits here were being written; run `unmask split` again (--by published: as the layout said)\n");
  // Removed first: the views' own syncs of the folder make it last.
  for (const auto& [word, split] : words_of(Split())) {
    if (!has_rows(split)) fs::remove(store_path(stores, dataset, split));
  }
  for (const auto& [word, split] : words_of(Split())) {
    fault_point("write_view");
    if (has_rows(split)) write_view(prepared, store_path(stores, dataset, split), split, splits);
  }
  fs::remove(mark);
}

}  // namespace

void write_split_views(const fs::path& stores, const std::string& dataset,
                       std::span<const std::optional<Split>> splits) {
  const FolderLock lock(stores / dataset);
  const fs::path path = prepared_path(stores, dataset);
  const CropIndex prepared = open_prepared(path);
  if (splits.size() != prepared.header().rows) {
    throw Error(ErrorKind::kData, path.string() + ": has " + std::to_string(prepared.header().rows) +
                                      " rows, but splits are there for " + std::to_string(splits.size()));
  }
  if (std::ranges::all_of(splits, [](const auto& split) { return !split; })) {
    throw Error(ErrorKind::kData, path.string() + ": no row is in a split");
  }
  write_views(prepared, stores, dataset, splits);
}

void write_published_views(const fs::path& stores, const std::string& dataset) {
  const FolderLock lock(stores / dataset);
  const CropIndex prepared = open_prepared(prepared_path(stores, dataset));
  std::vector<std::optional<Split>> splits(prepared.header().rows);
  for (std::size_t row = 0; row < splits.size(); ++row) splits[row] = static_cast<Split>(prepared.row(row).split);
  write_views(prepared, stores, dataset, splits);
}

void refuse_unfinished_views(const fs::path& view, const fs::path& records) {
  std::error_code ignored;
  if (const fs::path mark = records.parent_path() / kMark; fs::exists(mark, ignored)) {
    throw Error(ErrorKind::kData, view.string() + ": its dataset's splits were only half written, says " +
                                      mark.string() +
                                      "; run `unmask split` again (--by published: as the layout said)");
  }
}

}  // namespace unmask
