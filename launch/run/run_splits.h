// The splits of the datasets that a run uses, and what they must not share.
//
//   for (const RunSplit& split : run_splits(config)) std::cout << split.file << "\n";
//   const std::vector<SplitCensus> splits = run_censuses(config);
//   refuse_leaks(config, splits);  // before anything is trained
//   for (const std::string& line : audit_notes(config, splits)) session.note(line);
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data/audit/split_census.h"
#include "data/sample.h"
#include "launch/config/run_config.h"

namespace unmask {

struct RunSplit {
  std::string dataset;
  Split split = Split::kTrain;
  std::filesystem::path file;
  bool used = false;  // by the config; the others are there beside it
};

/// By dataset, then by split: those that the config uses, there or not, and the others that are there.
std::vector<RunSplit> run_splits(const RunConfig& config);

/// Of run_splits. Reads the stores' indexes alone; a store that can't be opened is for those to tell who use it.
std::vector<SplitCensus> run_censuses(const RunConfig& config);

/// THROWS Error(kData) naming the videos and identities that two splits of a dataset share, used or not: a later score
/// on the unused one would not be honest either. Not where data.allow_leaks is set.
void refuse_leaks(const RunConfig& config, const std::vector<SplitCensus>& splits);

/// What else is to be said of them, a line each: labels that contradict each other; what the stored audit of the same
/// stores found, or that there is none.
std::vector<std::string> audit_notes(const RunConfig& config, const std::vector<SplitCensus>& splits);

}  // namespace unmask
