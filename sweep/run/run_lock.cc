#include "sweep/run/run_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/durable_file.h"
#include "base/error.h"
#include "base/host_name.h"
#include "base/seconds_since.h"

namespace unmask {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kMostHolderBytes = 4096;

std::string first_line(const char* path) {
  try {
    const std::string text = read_text_file(path, 4096);
    return text.substr(0, text.find('\n'));
  } catch (const Error&) {
    return "";
  }
}

LockHolder this_process(LockHolder self) {
  if (self.host.empty()) self.host = host_name();
  if (self.boot_id.empty()) self.boot_id = first_line("/proc/sys/kernel/random/boot_id");
  self.pid = ::getpid();
  const char* job = std::getenv("SLURM_JOB_ID");
  self.slurm_job = job == nullptr ? "" : job;
  std::uint64_t random[2] = {};
  if (::getrandom(random, sizeof random, 0) != sizeof random) throw io_error("getrandom", "read", errno);
  char token[33];
  std::snprintf(token, sizeof token, "%016llx%016llx", static_cast<unsigned long long>(random[0]),
                static_cast<unsigned long long>(random[1]));
  self.token = token;
  return self;
}

std::string holder_text(const LockHolder& holder) {
  return nlohmann::json{{"host", holder.host},
                        {"boot_id", holder.boot_id},
                        {"pid", holder.pid},
                        {"slurm_job", holder.slurm_job},
                        {"token", holder.token},
                        {"counter", holder.counter},
                        {"file_lock", holder.has_file_lock}}
             .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
         "\n";
}

/// Nothing if the file is missing. A damaged one is a holder without a name.
std::optional<LockHolder> read_holder(const std::filesystem::path& path) {
  std::string text;
  try {
    if (!std::filesystem::exists(path)) return std::nullopt;
    text = read_text_file(path, kMostHolderBytes);
  } catch (const Error&) {
    if (!std::filesystem::exists(path)) return std::nullopt;  // released in between
    return LockHolder{};
  }
  LockHolder holder;
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return holder;
  const auto word = [&](const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  holder = {word("host"), word("boot_id"), 0, word("slurm_job"), word("token"), 0, false};
  if (json.contains("pid") && json["pid"].is_number_integer()) holder.pid = json["pid"].get<std::int64_t>();
  if (json.contains("counter") && json["counter"].is_number_unsigned())
    holder.counter = json["counter"].get<std::uint64_t>();
  holder.has_file_lock = json.contains("file_lock") && json["file_lock"] == true;
  return holder;
}

bool same_boot(const LockHolder& one, const LockHolder& other) {
  return one.host == other.host && one.boot_id == other.boot_id;
}

/// The kernel gave us the lock that this holder had, and would still have if it lived.
bool died_here(const LockHolder& holder, const LockHolder& self) {
  return holder.has_file_lock && same_boot(holder, self);
}

void pause_s(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

bool same_sign_of_life(const LockHolder& one, const LockHolder& other) {
  return one.token == other.token && one.counter == other.counter;
}

double poll_s(double takeover_s) { return std::min(0.5, takeover_s / 20); }

/// Waits until the holder's file is gone or gives another sign of life than `seen`, at most takeover_s: what it says
/// then. `note` is told of `what` before.
std::optional<LockHolder> watch_holder(const RunFolder& folder, const LockHolder& seen, double takeover_s,
                                       const std::function<void(const std::string&)>& note, const std::string& what) {
  if (note) {
    note(what + " was left locked by " + describe(seen) + "; waiting " + std::to_string(static_cast<int>(takeover_s)) +
         " s to see whether it lives");
  }
  for (const auto since = Clock::now(); seconds_since(since) < takeover_s;) {
    pause_s(poll_s(takeover_s));
    auto now = read_holder(folder.lock_holder());
    if (!now || !same_sign_of_life(*now, seen)) return now;
  }
  return seen;
}

RunHeld held_by(const RunFolder& folder, const std::optional<LockHolder>& holder) {
  return RunHeld(folder.root().string() + ": is in use by " +
                 (holder ? describe(*holder) : std::string("another process")) +
                 "; wait for it or stop it, or choose another folder");
}

/// Writes the holder's file where there is none yet; false if there is one.
bool create_holder(const std::filesystem::path& path, const LockHolder& self) {
  std::filesystem::path temporary = path;
  temporary += ".new-" + self.token;
  write_file_durably(temporary, holder_text(self));
  const bool linked = ::link(temporary.c_str(), path.c_str()) == 0;
  const int error = errno;
  ::unlink(temporary.c_str());
  if (!linked && error != EEXIST) throw io_error(path.string(), "create", error);
  return linked;
}

}  // namespace

bool says_no_locks(int error) { return error == ENOLCK || error == ENOSYS || error == EOPNOTSUPP; }

bool has_record_locks(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return true;     // whoever works with it will say why
  struct flock first_byte {};  // SQLite never locks it
  first_byte.l_type = F_WRLCK;
  first_byte.l_whence = SEEK_SET;
  first_byte.l_len = 1;
  const int error = ::fcntl(fd, F_SETLK, &first_byte) == 0 ? 0 : errno;
  ::close(fd);
  return !says_no_locks(error);
}

std::string describe(const LockHolder& holder) {
  if (holder.host.empty()) return "another process";
  std::string text = "host " + holder.host + ", process " + std::to_string(holder.pid);
  if (!holder.slurm_job.empty()) text += ", Slurm job " + holder.slurm_job;
  return text;
}

std::optional<LockHolder> living_holder(const RunFolder& folder, double takeover_s,
                                        const std::function<void(const std::string&)>& note) {
  const LockHolder self = this_process({});
  bool kernel_says_free = false, kernel_says_held = false;
  const int fd = ::open(folder.lock().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd >= 0) {
    kernel_says_free = ::flock(fd, LOCK_SH | LOCK_NB) == 0;
    kernel_says_held = !kernel_says_free && errno == EWOULDBLOCK;
    ::close(fd);
  }
  const auto first = read_holder(folder.lock_holder());
  if (kernel_says_held && (!first || same_boot(*first, self))) return first.value_or(LockHolder{});
  if (!first || (kernel_says_free && died_here(*first, self))) return std::nullopt;
  const auto last = watch_holder(folder, *first, takeover_s, note, folder.root().string() + ":");
  return last && !same_sign_of_life(*last, *first) ? last : std::nullopt;
}

RunLock::RunLock(const RunFolder& folder, RunLockOptions options)
    : folder_(folder), options_(std::move(options)), self_(this_process(options_.self)) {
  const auto start = Clock::now();
  while (true) {
    try {
      self_.has_file_lock = options_.self.host.empty() && lock_file();
      take_holder();
      break;
    } catch (const RunHeld& held) {
      if (fd_ >= 0) ::close(fd_);
      fd_ = -1;
      if (seconds_since(start) >= options_.patience_s) throw;
      if (options_.note) options_.note(std::string(held.what()) + " (this job was requeued: it waits)");
      pause_s(std::min(5.0, options_.patience_s / 4));
    } catch (...) {
      if (fd_ >= 0) ::close(fd_);
      throw;
    }
  }
  renewer_ = std::thread([this] { renew(); });
}

RunLock::~RunLock() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_all();
  renewer_.join();
  const auto holder = read_holder(folder_.lock_holder());
  if (holder && holder->token == self_.token) ::unlink(folder_.lock_holder().c_str());
  if (fd_ >= 0) ::close(fd_);
}

bool RunLock::lock_file() {
  fd_ = ::open(folder_.lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (fd_ < 0) throw io_error(folder_.lock().string(), "open", errno);
  std::optional<LockHolder> holder;
  int error = 0;
  // A reader has it for a moment, a holder's file may be a moment away, and who was killed frees its memory before its
  // lock: a second and more of many gigabytes.
  for (int tries = 0; tries < 60; ++tries, pause_s(0.05)) {
    if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) return true;
    error = errno;
    if (error != EWOULDBLOCK) break;
    holder = read_holder(folder_.lock_holder());
  }
  ::close(std::exchange(fd_, -1));
  if (says_no_locks(error)) return false;
  if (error != EWOULDBLOCK) throw io_error(folder_.lock().string(), "lock", error);
  if (!holder || same_boot(*holder, self_)) throw held_by(folder_, holder);
  return false;  // the lock of another host that may be dead: the disk's server doesn't know yet
}

void RunLock::take_holder() {
  std::optional<LockHolder> watched;
  auto since = Clock::now();
  while (true) {
    auto holder = read_holder(folder_.lock_holder());
    if (holder && !watched) {
      watched = holder;
      since = Clock::now();
      if (!self_.has_file_lock || !died_here(*holder, self_))
        holder = watch_holder(folder_, *watched, options_.takeover_s, options_.note, "the folder");
    }
    if (!holder) {
      if (create_holder(folder_.lock_holder(), self_)) return;
      continue;
    }
    if (!same_sign_of_life(*holder, *watched)) throw held_by(folder_, holder);
    // Only one process at a time can give the dead holder's file this name, so only one takes over; the others then see
    // no file, or the new one. The name is left behind only by a taker that died on the way, and is then removed.
    std::filesystem::path dead = folder_.lock_holder();
    dead += ".dead-" + (watched->token.empty() ? std::string("damaged") : watched->token);
    if (::link(folder_.lock_holder().c_str(), dead.c_str()) != 0) {
      if (errno == EEXIST && seconds_since(since) > 2 * options_.takeover_s) ::unlink(dead.c_str());
      pause_s(poll_s(options_.takeover_s));
      continue;
    }
    const auto found = read_holder(dead);
    const bool same = !found || same_sign_of_life(*found, *watched);
    if (same) ::unlink(folder_.lock_holder().c_str());
    const bool taken = same && create_holder(folder_.lock_holder(), self_);
    ::unlink(dead.c_str());
    if (taken) return;
    throw held_by(folder_, read_holder(folder_.lock_holder()));
  }
}

void RunLock::renew() {
  const auto period = std::chrono::duration<double>(std::min(3.0, options_.takeover_s / 6));
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, period, [this] { return closing_; })) {
    const auto holder = read_holder(folder_.lock_holder());
    if (holder && !holder->token.empty() && holder->token != self_.token) {
      lost_ = true;
      return;
    }
    ++self_.counter;
    std::filesystem::path temporary = folder_.lock_holder();
    temporary += ".new-" + self_.token;
    try {
      write_file_durably(temporary, holder_text(self_));
      if (::rename(temporary.c_str(), folder_.lock_holder().c_str()) != 0) ::unlink(temporary.c_str());
    } catch (const std::exception&) {
      // A full or unreachable disk for a moment: the next round tries again, and writers meet the fault themselves.
    }
  }
}

void RunLock::check() {
  const auto holder = read_holder(folder_.lock_holder());
  if (holder && !holder->token.empty() && holder->token != self_.token) lost_ = true;
  if (lost_)
    throw Error(ErrorKind::kFailed, folder_.root().string() + ": was taken over by " +
                                        (holder ? describe(*holder) : "another process") + "; this process stops");
}

}  // namespace unmask
