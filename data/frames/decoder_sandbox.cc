#include "data/frames/decoder_sandbox.h"

#include <fcntl.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <vector>

namespace unmask {
namespace {

using Filter = scmp_filter_ctx;

#ifdef __SANITIZE_ADDRESS__
constexpr bool kLimitsMemory = false;  // its shadow takes terabytes
#else
constexpr bool kLimitsMemory = true;
#endif

std::string failed(const std::string& what, int error_number) { return what + ": " + std::strerror(error_number); }

std::int64_t address_space_bytes() {
  std::ifstream file("/proc/self/statm");
  std::int64_t pages = 0;
  file >> pages;
  return pages * sysconf(_SC_PAGESIZE);
}

std::string limit_resources(const SandboxOptions& options) {
  struct Limit {
    __rlimit_resource_t resource;
    rlim_t value;
    const char* name;
  };
  std::vector<Limit> limits{{RLIMIT_CORE, 0, "core files"},
                            {RLIMIT_FSIZE, 0, "files that grow"},
                            {RLIMIT_NPROC, 0, "processes"},
                            {RLIMIT_NOFILE, 16, "descriptors"}};
  if (kLimitsMemory)
    limits.push_back({RLIMIT_AS, static_cast<rlim_t>(address_space_bytes() + options.memory_bytes), "address space"});
  for (const Limit& limit : limits) {
    const rlimit value{limit.value, limit.value};
    if (setrlimit(limit.resource, &value) != 0) return failed(std::string("a limit of ") + limit.name, errno);
  }
  return "";
}

/// Denies every right that this kernel's Landlock knows of. Its header may be older than the kernel: numbers by hand.
std::string enter_landlock() {
  const int version = landlock_version();
  if (version == 0) return "";
  struct Rights {
    std::uint64_t files, network, scopes;
  };
  const int file_rights = version >= 5 ? 16 : version >= 3 ? 15 : version >= 2 ? 14 : 13;
  const Rights rights{(1ull << file_rights) - 1, version >= 4 ? 3ull : 0, version >= 6 ? 3ull : 0};
  const std::size_t bytes = version >= 6 ? 24 : version >= 4 ? 16 : 8;
  const long rules = syscall(SYS_landlock_create_ruleset, &rights, bytes, 0);
  if (rules < 0) return failed("Landlock", errno);
  const long result = syscall(SYS_landlock_restrict_self, rules, 0);
  const int error_number = errno;
  close(static_cast<int>(rules));
  return result == 0 ? "" : failed("Landlock", error_number);
}

/// Calls that decoding needs, whatever their arguments.
constexpr std::array kAllowed{SCMP_SYS(read),
                              SCMP_SYS(pread64),
                              SCMP_SYS(lseek),
                              SCMP_SYS(close),
                              SCMP_SYS(munmap),
                              SCMP_SYS(mremap),
                              SCMP_SYS(madvise),
                              SCMP_SYS(brk),
                              SCMP_SYS(futex),
                              SCMP_SYS(clock_gettime),
                              SCMP_SYS(clock_getres),
                              SCMP_SYS(gettimeofday),
                              SCMP_SYS(time),
                              SCMP_SYS(nanosleep),
                              SCMP_SYS(clock_nanosleep),
                              SCMP_SYS(getrandom),
                              SCMP_SYS(sysinfo),
                              SCMP_SYS(getpid),
                              SCMP_SYS(gettid),
                              SCMP_SYS(sched_yield),
                              SCMP_SYS(sched_getaffinity),
                              SCMP_SYS(rt_sigaction),
                              SCMP_SYS(rt_sigprocmask),
                              SCMP_SYS(rt_sigreturn),
                              SCMP_SYS(sigaltstack),
                              SCMP_SYS(restart_syscall),
                              SCMP_SYS(exit),
                              SCMP_SYS(exit_group)};

/// Calls that no decoder makes by accident.
constexpr std::array kDeadly{SCMP_SYS(execve),
                             SCMP_SYS(execveat),
                             SCMP_SYS(socket),
                             SCMP_SYS(socketpair),
                             SCMP_SYS(connect),
                             SCMP_SYS(bind),
                             SCMP_SYS(listen),
                             SCMP_SYS(accept4),
                             SCMP_SYS(ptrace),
                             SCMP_SYS(process_vm_readv),
                             SCMP_SYS(process_vm_writev),
                             SCMP_SYS(pidfd_getfd),
                             SCMP_SYS(bpf),
                             SCMP_SYS(mount),
                             SCMP_SYS(unshare),
                             SCMP_SYS(setns)};

int add_rules(Filter filter, const SandboxOptions& options) {
  int result = 0;
  const auto add = [&](std::uint32_t action, int call, std::initializer_list<scmp_arg_cmp> where) {
    if (result == 0) {
      result = seccomp_rule_add_array(filter, action, call, static_cast<unsigned>(where.size()), where.begin());
    }
  };
  for (const int call : kAllowed) add(SCMP_ACT_ALLOW, call, {});
  for (const int call : kDeadly) add(SCMP_ACT_KILL_PROCESS, call, {});
  // Not by libseccomp's macros, of which Clang says that they leave a field out.
  const scmp_arg_cmp on_socket{0, SCMP_CMP_EQ, static_cast<scmp_datum_t>(options.socket), 0};
  add(SCMP_ACT_ALLOW, SCMP_SYS(sendmsg), {on_socket});
  add(SCMP_ACT_ALLOW, SCMP_SYS(recvmsg), {on_socket});
  const scmp_arg_cmp no_code = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
  add(SCMP_ACT_ALLOW, SCMP_SYS(mmap), {no_code});
  add(SCMP_ACT_ALLOW, SCMP_SYS(mprotect), {no_code});
  // abort() raises a signal by this; nobody else's process may be meant.
  add(SCMP_ACT_ALLOW, SCMP_SYS(tgkill), {{0, SCMP_CMP_EQ, static_cast<scmp_datum_t>(getpid()), 0}});
  return result;
}

std::string enter_seccomp(const SandboxOptions& options) {
  const Filter filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
  if (filter == nullptr) return "seccomp: no memory";
  int result = add_rules(filter, options);
  if (result == 0) result = seccomp_load(filter);
  seccomp_release(filter);
  return result == 0 ? "" : failed("seccomp", -result);
}

}  // namespace

int landlock_version() {
  constexpr unsigned kAskVersion = 1;
  const long version = syscall(SYS_landlock_create_ruleset, nullptr, 0, kAskVersion);
  return version > 0 ? static_cast<int>(version) : 0;
}

std::string enter_sandbox(const SandboxOptions& options) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return failed("death with the parent", errno);
  std::string fault = limit_resources(options);
  if (!fault.empty() || !options.has_filters) return fault;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failed("no new privileges", errno);
  fault = enter_landlock();
  return fault.empty() ? enter_seccomp(options) : fault;
}

}  // namespace unmask
