// What the process that decodes strangers' files can't do any more: open a file, make a socket, start a program or a
// process, take more memory than it may. What it was given stays: its socket, its ring, the descriptors that it is
// sent.
//
//   const std::string fault = enter_sandbox({.memory_bytes = 2ll << 30, .socket = 3});
//   if (!fault.empty()) tell(fault);
#pragma once

#include <cstdint>
#include <string>

namespace unmask {

struct SandboxOptions {
  std::int64_t memory_bytes = 2ll << 30;  // of address space, beside what is there now
  int socket = 3;                         // the only one on which messages may go
  bool has_filters = true;                // false: limits alone, without seccomp and Landlock
};

/// Of this process, for good: limits (address space, no core file, no file that grows, few descriptors, no process);
/// death with the thread that started it; no new privileges; Landlock without a rule where the kernel has it; and
/// seccomp: an attempt to start a program, reach the network or look into a process kills, any other call that decoding
/// doesn't need fails with EPERM. Returns "" or what failed. REQUIRES: one thread; libraries warmed up.
std::string enter_sandbox(const SandboxOptions& options);

/// Landlock's version in this kernel; 0 if it has none.
int landlock_version();

}  // namespace unmask
