// One coordinator per run folder: a file lock, and a file that names its holder and has a counter that the holder
// raises. On one host the file lock decides, and the kernel frees it when its holder dies. Only a lock that both have
// got can tell that: where the file system has none, and across hosts, a holder whose counter stood still for
// `takeover_s`, by the watcher's monotonic clock, is replaced.
//
//   RunLock lock(folder, {.takeover_s = 30});  // throws RunHeld: "... is in use by host node3, process 4711"
//   lock.check();                              // before each write: throws where another process has taken over
//   living_holder(folder, 30, note);           // for readers: who works on the folder, if anyone does
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/error.h"
#include "sweep/run/run_folder.h"

namespace unmask {

/// Who holds a run folder.
struct LockHolder {
  std::string host, boot_id;  // boot_id tells apart hosts of one name
  std::int64_t pid = 0;
  std::string slurm_job;       // "" outside Slurm
  std::string token;           // random: tells holders apart
  std::uint64_t counter = 0;   // rises while the holder lives
  bool has_file_lock = false;  // the kernel frees it when the holder dies
};

/// "host node3, process 4711, Slurm job 99"
std::string describe(const LockHolder& holder);

/// Is it what locking a file gives where the file system has no locks: Lustre without flock, NFS without its daemon?
bool says_no_locks(int error);

/// Can a part of `file`, which is made where it isn't there, be locked by fcntl, as SQLite does? Yes as well where it
/// can't be opened. Not while this process has such locks of the file: they are gone then.
bool has_record_locks(const std::filesystem::path& file);

/// A living process holds the folder.
class RunHeld : public Error {
 public:
  explicit RunHeld(const std::string& what) : Error(ErrorKind::kFailed, what) {}
};

/// The living holder of a folder, for those who only read it; nothing if it is free. Writes nothing. A holder that no
/// file lock tells of is watched for takeover_s; `note` is told.
std::optional<LockHolder> living_holder(const RunFolder& folder, double takeover_s,
                                        const std::function<void(const std::string&)>& note);

struct RunLockOptions {
  double takeover_s = 30;
  double patience_s = 0;                         // a requeued job may start before its former self has ended
  std::function<void(const std::string&)> note;  // told when a holder is watched
  /// Host and boot_id of another host, for tests: it acts as there, where this host's file lock doesn't reach.
  LockHolder self;
};

/// Holds the lock while it lives. THREAD: lost() from any thread.
class RunLock {
 public:
  /// THROWS RunHeld naming the holder if the folder is held; within three seconds on the same host, else within
  /// takeover_s. Tries again for `patience_s` before it does so.
  RunLock(const RunFolder& folder, RunLockOptions options);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

  /// Another holder took the folder (this process was asleep longer than takeover_s): nothing may be written any more.
  bool lost() const { return lost_.load(); }
  /// THROWS Error(kFailed) if lost() now; reads the holder's file.
  void check();

 private:
  /// False: no lock is to be had, so that the holder's file alone decides. THROWS RunHeld naming a holder on this host.
  bool lock_file();
  void take_holder();
  void renew();

  RunFolder folder_;
  RunLockOptions options_;
  LockHolder self_;
  int fd_ = -1;
  std::atomic<bool> lost_ = false;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool closing_ = false;
  std::thread renewer_;
};

}  // namespace unmask
