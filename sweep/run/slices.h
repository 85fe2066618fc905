// The folders of `unmask sweep --slice K/N`: RUN/slice-K-of-N, each a run of its own, together one sweep.
//
//   const std::optional<Slice> slice = parse_slice("2/8");
//   const RunFolder folder = slice_folder(RunFolder("runs/demo"), *slice);  // runs/demo/slice-2-of-8
//   missing_text(find_slices(RunFolder("runs/demo")));                      // "slices 3, 5 of 8 not started"
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sweep/plan/sweep_plan.h"
#include "sweep/run/run_folder.h"
#include "sweep/run/status_file.h"

namespace unmask {

/// "2/8": nothing unless 0 <= K < N.
std::optional<Slice> parse_slice(const std::string& text);
RunFolder slice_folder(const RunFolder& run, const Slice& slice);
/// What the folder's name says; nothing if it is no slice's.
std::optional<Slice> slice_of(const RunFolder& folder);

/// The slices that a folder holds.
struct SliceSet {
  int count = 0;                                   // N; 0: it holds none
  std::vector<std::pair<int, RunFolder>> started;  // K and its folder, those with a config.toml, in order of K
  std::vector<int> missing;                        // K of the others
};
/// THROWS Error(kUsage) where slices of different N lie side by side.
SliceSet find_slices(const RunFolder& run);
/// "slices 2, 5 of 8 not started"; "" if none is missing.
std::string missing_text(const SliceSet& slices);

/// The status of the whole: `statuses` stand beside slices.started. Running if any runs, else paused if any is or is
/// missing, else failed if any has failed trials.
RunStatus merged_status(const SliceSet& slices, const std::vector<RunStatus>& statuses);

}  // namespace unmask
