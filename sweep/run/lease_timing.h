// RUN/timing.csv: what each lease that trained took. For people and report/; the run itself never reads it.
//
//   append_timing(folder, {.trial = 7, .attempt = 2, .ranks = 4, .host = "node3", .from_step = 40, .to_step = 120,
//                          .wall_s = 61.5, .end = "rung", .ended = utc_now()});
#pragma once

#include <cstdint>
#include <string>

#include "sweep/run/run_folder.h"

namespace unmask {

struct LeaseTiming {
  int trial = 0;
  int attempt = 1;
  int ranks = 1;
  std::string host;                         // of the leader
  std::int64_t from_step = 0, to_step = 0;  // the checkpoint that it began with; the last step that is known
  double wall_s = 0;
  std::string end;    // "done", "rung", "regrouped", "paused", "failed", "rank died"
  std::string ended;  // UTC, ISO 8601
};

/// Adds a line; the first one makes the file, with its header. A line that can't be written is lost: no run ends for
/// it.
void append_timing(const RunFolder& folder, const LeaseTiming& lease);

}  // namespace unmask
