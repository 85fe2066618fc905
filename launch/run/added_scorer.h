// `unmask evaluate RUN --all-trials STORE…`: the kept weights of every trial of a run, scored on datasets that came
// later.
//
//   const AddedWork work = added_work(session, run, stores);  // what isn't scored yet
//   add_scores(session, run, work, {threads, device, session.local_rank()});
//   session.print(work.left_out);
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "launch/session.h"
#include "model/score/evaluator.h"
#include "sweep/run/run_folder.h"

namespace unmask {

/// A trial's weights, to be scored on one of the stores.
struct AddedTask {
  int trial = 0;
  std::size_t store = 0;
  std::filesystem::path model;
};

struct AddedWork {
  std::vector<std::filesystem::path> stores;
  std::vector<AddedTask> tasks;  // by store, then by trial
  int known = 0;                 // scored before, with the same weights on the same store
  std::string left_out;          // trials that can't be scored, a line each, and why; "" where there is none
};

/// COLLECTIVE. Rank zero looks, all know. THROWS Error on all: kUsage (`run` holds no run, two stores of one dataset
/// and split), kData (a store, or RUN/added_scores.json, is missing or damaged, or a store holds no crop).
AddedWork added_work(Session& session, const RunFolder& run, const std::vector<std::filesystem::path>& stores);

/// COLLECTIVE. Scores what there is to score; each score is in RUN/added_scores.json as soon as it is there, so a start
/// after a kill goes on. Scores don't depend on the ranks. THROWS Error(kData) where a store was prepared in another
/// way than the run's.
void add_scores(Session& session, const RunFolder& run, const AddedWork& work, const ScoreOptions& options);

}  // namespace unmask
