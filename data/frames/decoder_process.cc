#include "data/frames/decoder_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <thread>
#include <utility>

#include "base/error.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
constexpr double kWaitingS = 0.5;
constexpr double kStartTimeoutS = 60;  // of a busy machine that loads libraries

[[noreturn]] void cant_start(const std::string& what) {
  throw Error(ErrorKind::kFailed, "the decoder can't be started: " + what);
}

std::string signal_name(int signal) {
  const char* const name = sigabbrev_np(signal);
  return name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(signal);
}

/// Everything of the process that is decided before it runs.
struct Spawning {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;

  explicit Spawning(int socket) {
    posix_spawn_file_actions_init(&files);
    for (int fd = 0; fd < kDecoderSocket; ++fd) {
      posix_spawn_file_actions_addopen(&files, fd, "/dev/null", O_RDWR, 0);
    }
    posix_spawn_file_actions_adddup2(&files, socket, kDecoderSocket);
    posix_spawn_file_actions_addclosefrom_np(&files, kDecoderSocket + 1);
    posix_spawnattr_init(&attributes);
    // Signals that ask a job to stop are the parent's to answer: its last input isn't to look damaged.
    sigset_t blocked, defaults;
    sigemptyset(&blocked);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2}) sigaddset(&blocked, signal);
    sigfillset(&defaults);
    posix_spawnattr_setsigmask(&attributes, &blocked);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~Spawning() {
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
  }
};

}  // namespace

fs::path decoder_executable() {
  std::error_code error;
  const fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const fs::path& place : {folder, folder.parent_path()}) {
    if (fs::exists(place / "unmask-decode", error)) return place / "unmask-decode";
  }
  return {};
}

DecoderProcess::DecoderProcess(const DecoderOptions& options)
    : limits_(options.limits), memory_bytes_(options.memory_bytes) {
  try {
    start(options);
    greet(options);
  } catch (...) {
    kill_now("");
    throw;
  }
}

DecoderProcess::~DecoderProcess() { kill_now(""); }

void DecoderProcess::start(const DecoderOptions& options) {
  fs::path program = options.executable.empty() ? decoder_executable() : options.executable;
  if (program.empty()) cant_start("unmask-decode isn't beside the program");
  const std::size_t bytes = slot_bytes(limits_) * kSlots;
  ring_file_ = memfd_create("unmask frames", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (ring_file_ < 0 || ftruncate(ring_file_, static_cast<off_t>(bytes)) != 0) {
    cant_start(std::string("shared memory: ") + std::strerror(errno));
  }
  // The process could shrink it otherwise, and our reading would end us.
  fcntl(ring_file_, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
  void* const place = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, ring_file_, 0);
  if (place == MAP_FAILED) cant_start(std::string("shared memory: ") + std::strerror(errno));
  ring_ = {static_cast<std::uint8_t*>(place), bytes};

  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) {
    cant_start(std::string("socketpair: ") + std::strerror(errno));
  }
  socket_ = sockets[0];
  const int theirs = fcntl(sockets[1], F_DUPFD_CLOEXEC, 10);  // out of the way of the descriptors that are set below
  close(sockets[1]);
  const Spawning spawning(theirs);
  char* const arguments[] = {const_cast<char*>("unmask-decode"), nullptr};
  const int result = posix_spawn(&process_, program.c_str(), &spawning.files, &spawning.attributes, arguments, environ);
  close(theirs);
  if (result != 0) {
    process_ = -1;
    cant_start(program.native() + ": " + std::strerror(result));
  }
}

void DecoderProcess::greet(const DecoderOptions& options) {
  const double patience_s = std::max(kStartTimeoutS, options.frame_timeout_s);
  timeval send_timeout{static_cast<time_t>(patience_s), 0};
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &send_timeout, sizeof send_timeout);
  DecoderRequest hello;
  hello.max_pixels = limits_.max_pixels;
  hello.max_file_bytes = limits_.max_file_bytes;
  hello.memory_bytes = memory_bytes_;
  hello.slots = kSlots;
  hello.sandbox = options.sandbox ? 1 : 0;
  const bool is_sent = send(hello, ring_file_);
  close(std::exchange(ring_file_, -1));
  const std::optional<DecoderReply> ready = is_sent ? receive(patience_s) : std::nullopt;
  if (!ready || ready->kind != DecoderReplyKind::kReady) cant_start(loss_.empty() ? "it doesn't greet" : loss_);
  if (const std::string fault = text_in(ready->problem); !fault.empty()) {
    throw Error(ErrorKind::kFailed, std::string(kNoSandbox) + fault);
  }
  walls_ = text_in(ready->codec);
}

bool DecoderProcess::send(const DecoderRequest& request, int passed_fd) {
  if (process_ < 0) return false;
  if (send_message(socket_, std::as_bytes(std::span(&request, 1)), passed_fd)) return true;
  if (errno == EAGAIN) {
    kill_now("the decoder hung: it took no request");
  } else {
    loss_ = death();
  }
  return false;
}

void DecoderProcess::release(const DecoderRequest& request) {
  if (process_ >= 0) send_message(socket_, std::as_bytes(std::span(&request, 1)));
}

std::optional<DecoderReply> DecoderProcess::receive(double timeout_s, const std::function<void()>& waiting) {
  if (process_ < 0) return std::nullopt;
  const auto end = Clock::now() + std::chrono::duration<double>(timeout_s);
  pollfd message{socket_, POLLIN, 0};
  DecoderReply reply;
  std::ptrdiff_t got = -1;
  for (;;) {
    const double left_s = std::chrono::duration<double>(end - Clock::now()).count();
    const double slice_s = std::clamp(left_s, 0.0, waiting ? kWaitingS : 1e6);
    const int ready = poll(&message, 1, static_cast<int>(std::ceil(slice_s * 1000)));
    if (ready > 0) {
      got = receive_message(socket_, std::as_writable_bytes(std::span(&reply, 1)));
      if (got >= 0 || errno != ECONNRESET) break;
      continue;  // it died with requests unread; its last replies come after this
    }
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0 && left_s > slice_s) {
      try {
        waiting();
      } catch (...) {
        kill_now("it wasn't waited for");
        throw;
      }
      continue;
    }
    char text[80];
    std::snprintf(text, sizeof text, "the decoder hung: no frame in %g s", timeout_s);
    kill_now(text);
    return std::nullopt;
  }
  if (got == static_cast<std::ptrdiff_t>(sizeof reply)) return reply;
  if (got <= 0) {
    loss_ = death();
  } else {
    lied("a message of " + std::to_string(got) + " bytes");
  }
  return std::nullopt;
}

void DecoderProcess::lied(const std::string& what) { kill_now("the decoder told what can't be: " + what); }

bool DecoderProcess::is_alive() {
  siginfo_t info{};
  return process_ > 0 && waitid(P_PID, static_cast<id_t>(process_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == 0;
}

std::span<const std::uint8_t> DecoderProcess::slot(std::uint32_t index) const {
  const std::size_t bytes = slot_bytes(limits_);
  return ring_.subspan(index % kSlots * bytes, bytes);
}

void DecoderProcess::kill_now(const std::string& why) {
  if (process_ > 0) {
    kill(process_, SIGKILL);
    while (waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
    }
    process_ = -1;
  }
  for (int* const fd : {&socket_, &ring_file_}) {
    if (*fd >= 0) close(std::exchange(*fd, -1));
  }
  if (!ring_.empty()) munmap(ring_.data(), ring_.size());
  ring_ = {};
  if (!why.empty()) loss_ = why;
}

std::string DecoderProcess::death() {
  // Its socket is closed a moment before it can be waited for; one that only closed it is killed.
  int status = 0;
  pid_t ended = 0;
  for (int tries = 0; tries < 1000 && ended == 0; ++tries) {
    ended = waitpid(process_, &status, WNOHANG);
    if (ended == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  if (ended == process_) process_ = -1;
  kill_now("");
  if (ended <= 0) return "the decoder closed its socket";
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) {
    return "the decoder was killed by SIGSYS: it tried what the sandbox forbids";
  }
  if (WIFSIGNALED(status)) return "the decoder was killed by " + signal_name(WTERMSIG(status));
  if (WEXITSTATUS(status) == kDecoderOutOfMemory) {
    return "the decoder needs more than " + std::to_string(memory_bytes_ >> 20) + " MiB of memory";
  }
  return "the decoder ended with exit code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace unmask
