// The file of `--trace`: a timeline of all ranks in the Chrome trace format, for ui.perfetto.dev or chrome://tracing.
#pragma once

#include <filesystem>

#include "launch/session.h"

namespace unmask {

/// Records from construction on. All ranks; does nothing with an empty `file`.
class TraceFile {
 public:
  /// COLLECTIVE: a barrier puts the clocks of all hosts to zero at one moment, give or take its own time.
  TraceFile(std::filesystem::path file, Session& session);
  /// COLLECTIVE. Rank zero writes: a process per rank, a row per thread. THROWS Error(kFailed) on all ranks.
  void write();

 private:
  std::filesystem::path file_;
  Session& session_;
};

}  // namespace unmask
