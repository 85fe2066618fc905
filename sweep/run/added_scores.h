// RUN/added_scores.json: scores of a run's trials on datasets that came later. Beside the run, never part of it: what a
// trial is, was chosen by and trained with doesn't depend on them. Pure, but for reading and writing the file.
//
//   AddedScores added = read_added_scores(folder);
//   AddedStore& wild = added_store(added, {"wild", "test", fingerprint});  // of another fingerprint: begun anew
//   wild.trials[7] = {digest, scores};
//   write_added_scores(folder, added);
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sweep/run/results.h"
#include "sweep/run/run_folder.h"

namespace unmask {

struct AddedTrial {
  std::string model_digest;  // of the weights that were scored
  DatasetScores scores;
};

struct AddedStore {
  std::string dataset, split;
  std::string fingerprint = {};                               // of the store
  std::map<int, AddedTrial> trials = {};                      // by id
  std::string name() const { return dataset + "." + split; }  // "wild.test"
};

/// In order of (dataset, split), none twice.
using AddedScores = std::vector<AddedStore>;

/// {} where there is no such file. THROWS Error(kData) where it is damaged.
AddedScores read_added_scores(const RunFolder& folder);
void write_added_scores(const RunFolder& folder, const AddedScores& added);

/// The entry of that dataset and split, made where there is none; one of another fingerprint loses its trials.
AddedStore& added_store(AddedScores& added, const AddedStore& wanted);

/// Columns "wild.test.loss" and so on, behind those of results.csv; none where nothing was added.
MoreColumns added_columns(const std::vector<SweepTrial>& trials, const AddedScores& added);

/// For people: trials × added datasets, each with the metric and the balanced accuracy; chosen trials are marked.
std::string added_text(const std::vector<SweepTrial>& trials, const AddedScores& added, const std::string& metric);

}  // namespace unmask
