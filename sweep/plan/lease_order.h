// What a group of ranks is told to do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace unmask {

/// Coordinator to every member of a group: work on a trial together.
struct LeaseOrder {
  int lease = 0;
  int trial = 0;
  int attempt = 1;                         // in temporary names and logs
  std::vector<int> members;                // world ranks, ascending; the first leads
  std::optional<std::int64_t> until_step;  // nothing: the trial's end
  bool score_test = false;                 // no training: score the trial's best model on data.test
  bool ranks_died = false;                 // of this job: RankNetwork::make_group must know
  std::string config;                      // the trial's resolved config, TOML
  double checkpoint_share = 1;             // of runtime.checkpoint_every_s: less after kills that left no checkpoint
};

}  // namespace unmask
