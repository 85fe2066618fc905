// Why something failed, as a value: it travels between ranks and decides what becomes of a trial.
// The words are for people alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace unmask {

/// The kinds differ in what the caller of the program can do; each is an exit code (docs/operations.md).
enum class ErrorKind {
  kFailed = 1,   // a fault that a restart may or may not cure: out of memory, I/O, a peer's death
  kUsage = 2,    // command line or config: the user must change it
  kData = 3,     // a file is damaged, missing or not what it should be
  kStopped = 75  // stopped on request; the same command goes on
};

/// Causes differ in what the program itself does next.
enum class Cause {
  kOther,
  kDivergence,  // training gave a value that is not finite or too large: the same bits would come again
  kMemory,      // of the host or of a device
  kDiskFull,    // full, over quota or read-only: whoever writes there meets it
  kPeerLost,    // a rank died
  kDevice       // a rank's GPU failed under it, and computes nothing more for its process
};

struct Fault {
  ErrorKind kind = ErrorKind::kFailed;
  Cause cause = Cause::kOther;
  std::string text;              // what happened, where, what was wanted, what to do
  std::string during = {};       // what the ranks did together: "trial failed at step 12"; "" = nothing to tell
  std::optional<int> rank = {};  // of its group, that met it; nothing: all of them, or one that is alone
  std::optional<std::int64_t> step = {};  // of training, that it voids

  bool operator==(const Fault&) const = default;
  /// "<during>: rank <rank>: <text>"
  std::string told() const;
  /// The same without the rank: equal for any grouping.
  std::string told_without_rank() const;
};

/// The cause that an errno value stands for.
Cause cause_of_errno(int error_number);

}  // namespace unmask
