#include "launch/run/node_stores.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "base/digest.h"
#include "base/durable_file.h"
#include "base/error.h"
#include "base/host_name.h"
#include "data/store/crop_index.h"
#include "data/store/crop_store.h"
#include "data/store_paths.h"
#include "dist/agreement.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

/// "base.train" → base/train.crops
fs::path store_file(const std::string& name) {
  const std::size_t dot = name.rfind('.');
  return store_path("", name.substr(0, dot), require_word<Split>("a store's split", name.substr(dot + 1)));
}

/// Held by the one process of a node that makes copies; the kernel lets go of it where that one dies. On the folder
/// itself, so that users who share one need not write each other's files.
class CacheLock {
 public:
  explicit CacheLock(const fs::path& cache) : fd_(::open(cache.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (fd_ < 0) throw io_error(cache.string(), "open folder", errno);
    while (!(held_ = ::flock(fd_, LOCK_EX) == 0) && errno == EINTR) {
    }
  }
  ~CacheLock() { ::close(fd_); }
  CacheLock(const CacheLock&) = delete;
  /// False on a file system without locks: copies are then made at the same time, each under a name of its own.
  bool held() const { return held_; }

 private:
  int fd_;
  bool held_ = false;
};

/// `is_wanted(from)` is asked when all has been read: a file that changes meanwhile is not taken.
template <typename IsWanted>
void copy_file(const fs::path& from, const fs::path& to, const IsWanted& is_wanted) {
  const MappedFile original(from);
  DurableFile copy(to, std::to_string(::getpid()));
  copy.write(original.bytes());
  is_wanted(from);
  copy.commit();
}

void copy_store(const fs::path& from, const fs::path& to, const std::string& fingerprint) {
  if (fs::exists(to)) return;
  copy_file(from, to, [&](const fs::path& file) {
    const std::string now = to_hex(CropStore(file).fingerprint());
    if (now == fingerprint) return;
    throw Error(ErrorKind::kData,
                file.string() + ": has changed since the run was opened (" + fingerprint + ", now " + now + ")");
  });
}

void link_copy(const fs::path& copy, const fs::path& name) {
  std::error_code there_already;
  fs::create_symlink(fs::path("../..") / copy.filename(), name, there_already);
}

/// Where `store`, a copy that is in place, is a view: the records file that it names, beside it.
void add_records(const fs::path& cache, const fs::path& original, const fs::path& store) {
  const CropIndex index(store, PositionalFile(store));
  if (!index.is_view()) return;
  const Digest128 wanted = index.header().records_header;
  const fs::path copy = cache / (to_hex(wanted) + ".crops");
  if (!fs::exists(copy)) {
    copy_file(CropStore(original).records_path(), copy, [&](const fs::path& file) {
      if (read_crop_header(file, PositionalFile(file)).header_digest == wanted) return;
      throw Error(ErrorKind::kData, file.string() + ": has changed since the run was opened");
    });
  }
  link_copy(copy, store.parent_path() / index.records_name());
}

/// Several jobs may come here on one node at once.
void fill(const fs::path& cache, const fs::path& view, const RunConfig& config) {
  fs::create_directories(cache);
  const CacheLock lock(cache);
  if (lock.held()) remove_unfinished(cache, ".crops");
  for (const auto& [key, fingerprint] : config.content) {
    if (!key.starts_with(kStores)) continue;
    const fs::path file = store_file(key.substr(kStores.size()));
    const fs::path copy = cache / (fingerprint + ".crops");
    fs::create_directories((view / file).parent_path());
    copy_store(config.trial.data.stores / file, copy, fingerprint);
    link_copy(copy, view / file);
    add_records(cache, config.trial.data.stores / file, view / file);
    CropStore(view / file);  // THROWS where the copy is damaged
  }
}

}  // namespace

fs::path node_stores(Session& session, const RunConfig& config) {
  if (config.trial.data.cache_dir.empty()) return config.trial.data.stores;
  std::string content;
  for (const auto& [key, fingerprint] : config.content) {
    if (key.starts_with(kStores)) content += key + " " + fingerprint + "\n";
  }
  const fs::path cache = fs::absolute(config.trial.data.cache_dir);
  const fs::path view = cache / to_hex(digest128(std::as_bytes(std::span(content))));
  agree(session.world(), "copying the stores to data.cache_dir on " + host_name(), [&] {
    if (session.local_rank() == 0) fill(cache, view, config);
  });
  return view;
}

}  // namespace unmask
