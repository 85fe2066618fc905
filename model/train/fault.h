// Failures that all ranks of a group agree on, so that all leave together with the same reason.
#pragma once

#include <functional>
#include <string>

#include "base/error.h"
#include "dist/communicator.h"

namespace unmask {

/// What the exception in flight says, and its kind as a mark at the end, as text that travels to other ranks.
/// REQUIRES: called in a catch block.
std::string current_fault();
/// The exception that the text of a fault stands for, with `context` before it.
Error fault_error(const std::string& context, const std::string& fault);

/// Runs `work` on this rank, then all ranks exchange how it went: if any failed, all THROW the first one's error,
/// "<what>: rank 1: …". COLLECTIVE. A CommError is thrown as it is: there is nobody to agree with.
void agree(Communicator& group, const std::string& what, const std::function<void()>& work);

}  // namespace unmask
