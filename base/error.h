// What can go wrong, as one exception type. Libraries throw it; only `main` turns it into an exit code.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace unmask {

/// The kinds differ in what the caller of the program can do; each is an exit code (design section 6).
enum class ErrorKind {
  kFailed = 1,   // a fault that a restart may or may not cure: out of memory, I/O, a peer's death
  kUsage = 2,    // command line or config: the user must change it
  kData = 3,     // a file is damaged, missing or not what it should be
  kStopped = 75  // stopped on request; the same command goes on
};

class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& what) : std::runtime_error(what), kind_(kind) {}
  ErrorKind kind() const noexcept { return kind_; }

 private:
  ErrorKind kind_;
};

/// "<path>: <action>: <strerror(error_number)>", as kFailed.
Error io_error(std::string_view path, std::string_view action, int error_number);

}  // namespace unmask
