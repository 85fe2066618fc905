// A piece of a test in a process of its own, where system calls may fail and death is harmless.
#pragma once

#include <functional>
#include <string>

namespace unmask::test_support {

struct ChildResult {
  int exit_code = -1;  // 0: the body returned; 1: it threw an Error; -1: a signal ended it
  int signal = 0;
  std::string error;  // what() of the Error
};

/// Runs `body` in a forked child and waits for it. REQUIRES: one thread.
ChildResult run_in_child(const std::function<void()>& body);

/// From here on, in this process, the system call with this number (SYS_pwrite64, SYS_fsync, …)
/// fails with `error_number`.
/// Needs no privileges and can't be undone: call it inside run_in_child.
void make_system_call_fail(long number, int error_number);

/// The same for all locks of files, by flock and fcntl: as where the file system has none.
void make_file_locks_fail(int error_number);

/// From here on no file of this process may grow past `bytes`: a write up to there is short, the next fails with EFBIG.
void limit_file_size(std::size_t bytes);

}  // namespace unmask::test_support
