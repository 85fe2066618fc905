// The splits of the datasets that a run uses, and what they must not share.
//
//   for (const RunSplit& split : run_splits(config)) std::cout << split.file << "\n";
//   refuse_leaks(config);  // before anything is trained
#pragma once

#include <filesystem>
#include <string>
#include <vector>

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

/// THROWS Error(kData) naming the videos and identities that two splits of a dataset share, used or not: a later score
/// on the unused one would not be honest either. Not where data.allow_leaks is set. Reads the stores' indexes alone; a
/// store that can't be opened is for those to tell who use it.
void refuse_leaks(const RunConfig& config);

}  // namespace unmask
