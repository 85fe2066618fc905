// RUN/status.json: a snapshot of the run for other programs. Replaced as a whole, about once a second.
//
//   write_status(folder, status);  // rank zero, while it works
//   read_status(folder).run_state;  // "running", by anyone
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sweep/plan/rank_seconds.h"
#include "sweep/run/run_folder.h"

namespace unmask {

/// A group of ranks at work.
struct GroupStatus {
  int trial = 0;
  std::vector<int> ranks;
  std::int64_t step = 0, steps = 0;
  int epoch = 0, epochs = 0;
  double images_per_s = 0;
  double eta_s = -1;       // to the end of the trial; negative: not known yet
  std::string doing = {};  // "training", "scoring base/val 40%", "saving"; "" = not known yet
};

/// How many leaders a status has at most of each set of training datasets.
inline constexpr std::size_t kLeadersShown = 5;

/// A trial that is ahead of the others that it may be compared with; with repeats the one that stands for its point.
struct LeaderStatus {
  int trial = 0;
  std::string state, train;  // "done"; "augment,base"
  std::string objective;     // full precision; with repeats its point's mean over `n` seeds
  int best_epoch = 0;
  std::string point;
  int n = 1, seeds = 1;  // with a value so far, of so many
};

/// What a rank did so far.
struct RankStatus {
  int rank = 0;
  std::string host;
  RankSeconds seconds;
};

struct RunStatus {
  std::string run_state = "running";  // "running", "done", "failed", "paused"; see tell_silence
  std::string reason;
  std::map<std::string, int> trials;  // state → how many
  std::vector<GroupStatus> groups;
  std::vector<LeaderStatus> leaders;  // best first
  std::vector<RankStatus> ranks;
  double images_per_s = 0;    // of all groups
  double eta_s = -1;          // time left; negative: not known yet
  double elapsed_s = 0;       // of this start of the program
  double predicted_s = -1;    // by `unmask plan`; negative: it was not asked
  bool allows_leaks = false;  // data.allow_leaks of any trial
  std::string mode;
  // By whom and when it was written: write_status() fills them in.
  std::string host;
  std::int64_t pid = 0;
  std::string updated;  // UTC, ISO 8601
};

/// Replaces the file by rename; a reader sees the old or the new. Not synced: it is no part of the run's state.
/// Returns false where it can't be written (a full disk must not end training because of a snapshot).
bool write_status(const RunFolder& folder, RunStatus status);
/// THROWS Error(kData) if missing or not a status.
RunStatus read_status(const RunFolder& folder);
/// The status says that the run is over. False where it can't be read, and after a start that was killed as it ended.
bool status_tells_end(const RunFolder& folder);
/// Best first within each set of training datasets, the sets by their names; what only one seed of several tells comes
/// last. Not more of each than kLeadersShown.
void order_leaders(std::vector<LeaderStatus>& leaders);
/// A status that says "running" though nobody updates it any more: "killed" where its process was on this host and is
/// gone, else "silent" after two minutes; the reason says for how long, and what to do. `now`: of time().
void tell_silence(RunStatus& status, std::int64_t now);
/// The file's text, for `unmask status --json`.
std::string status_json(const RunStatus& status);

/// "2026-11-22T18:00:00Z"
std::string utc_now();

}  // namespace unmask
