// A fault that is thrown. Libraries throw it; only `main` turns it into an exit code. A failed collective is no Error
// but dist's CommError: its rank can't tell the others.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/fault.h"

namespace unmask {

class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& what, Cause cause = Cause::kOther) : Error(Fault{kind, cause, what}) {}
  explicit Error(const Fault& fault) : std::runtime_error(fault.told()), fault_(std::make_shared<const Fault>(fault)) {}
  ErrorKind kind() const noexcept { return fault_->kind; }
  const Fault& fault() const noexcept { return *fault_; }

 private:
  std::shared_ptr<const Fault> fault_;  // shared: a copy of an exception must not throw
};

/// "<path>: <action>: <strerror(error_number)>", as kFailed, with the cause that the number stands for.
Error io_error(std::string_view path, std::string_view action, int error_number);

/// What an exception says, for people: of std::filesystem's "<path>: <what the system says>".
std::string plain_text(const std::exception& error);

}  // namespace unmask
