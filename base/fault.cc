#include "base/fault.h"

#include <cerrno>

namespace unmask {

std::string Fault::told() const {
  const std::string whole = rank ? "rank " + std::to_string(*rank) + ": " + text : text;
  return during.empty() ? whole : during + ": " + whole;
}

std::string Fault::told_without_rank() const { return during.empty() ? text : during + ": " + text; }

Cause cause_of_errno(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
    case EROFS: return Cause::kDiskFull;
    case ENOMEM: return Cause::kMemory;
    default: return Cause::kOther;
  }
}

}  // namespace unmask
