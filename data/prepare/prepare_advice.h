// A fault of the file system during the work is told with what is kept and what to do.
//
//   with_advice(plan, [&] { make_part(plan, unit); });
#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"
#include "data/prepare/prepare_plan.h"
#include "data/printable.h"

namespace unmask {

/// Calls `work`. THROWS Error(kFailed) with the advice for faults of that kind and std::filesystem's; others as they
/// are.
template <typename Work>
void with_advice(const PreparePlan& plan, const Work& work) {
  const auto advised = [&](const std::string& what) {
    return Error(ErrorKind::kFailed,
                 what + ". What is finished is kept in " + printable(plan.listing.options.stores) +
                     ": cure the cause (a full disk: free some space) and give the same command again");
  };
  try {
    work();
  } catch (const std::filesystem::filesystem_error& error) {
    throw advised(plain_text(error));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kFailed) throw;
    throw advised(error.what());
  }
}

}  // namespace unmask
