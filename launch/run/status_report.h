// How far a run is, for people.
//
//   const RunStatus status = read_whole_status(RunFolder("runs/demo"));
//   std::cout << status_text(status) << "\n";
#pragma once

#include <string>

#include "sweep/run/status_file.h"

namespace unmask {

/// Of a run, or of all slices that the folder holds together. THROWS Error(kUsage) where it holds neither.
RunStatus read_whole_status(const RunFolder& folder);

/// Pure.
std::string status_text(const RunStatus& status);

}  // namespace unmask
