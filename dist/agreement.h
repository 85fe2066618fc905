// Failures that all ranks of a group agree on, so that all leave together with the same fault.
//
//   agree(*group, "opening the stores", [&] { stores = open_stores(options); });  // all throw if one does
//
// Where a collective is under way anyway, a rank takes part in it, and tells only why it failed:
//
//   const std::optional<Fault> fault = first_fault(*group, mine);  // of the first rank that has one
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/error.h"
#include "dist/communicator.h"

namespace unmask {

/// An Error that all ranks of a group throw alike: none of them waits for another, and the group may go on to something
/// else. Any other exception of a rank leaves its peers waiting.
class AgreedError : public Error {
 public:
  using Error::Error;
};

/// A fault as JSON, as it travels, and back. THROWS Error(kFailed) on what to_text did not write.
std::string to_text(const Fault& fault);
Fault fault_from(const std::string& text);

/// What the exception in flight says, as a fault of this rank alone: of an Error its text, kind, cause and step.
/// A CommError is thrown on, since there is nobody to agree with, and an AgreedError, which the others throw too.
/// REQUIRES: called in a catch block.
Fault current_fault();

/// The fault of the first rank that has one, with that rank; nothing where none has. A lost device comes before a lost
/// peer, as which other ranks see it, and that before all else. The same on all ranks. COLLECTIVE; a world of one talks
/// to nobody.
std::optional<Fault> first_fault(Communicator& group, const std::optional<Fault>& mine);

/// Runs `work` on this rank, then all ranks exchange how it went: if any failed, all THROW the first one's fault as an
/// AgreedError, "<what>: rank 1: …" (no rank in a world of one). COLLECTIVE. A CommError is thrown as it is.
void agree(Communicator& group, const std::string& what, const std::function<void()>& work);

}  // namespace unmask
