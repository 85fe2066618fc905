// The parts of a dataset become STORES/<dataset>/prepared.crops and its views: every rank puts the records of its own
// parts into place, rank zero writes what stands around them.
//
//   std::optional<DatasetJoin> join;
//   if (rank == 0) join.emplace(plan, dataset);                // its text() goes to the others
//   copy_parts(plan, dataset, text, rank, world);              // every rank
//   if (rank == 0) join->finish();                             // after all have come so far
//
// In one process: join_prepared(plan).
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "data/prepare/prepare_counts.h"
#include "data/prepare/prepare_plan.h"
#include "data/store/crop_join.h"

namespace unmask {

/// One dataset's store in the making, on rank zero. REQUIRES: the dataset isn't done, and all its parts are there.
class DatasetJoin {
 public:
  /// THROWS Error(kData) where a part is missing or damaged, Error(kFailed) on a full disk.
  DatasetJoin(const PreparePlan& plan, std::size_t dataset);
  /// What copy_parts() needs to know.
  std::string text() const;
  /// The store, its problems, its views by the layout's splits, and last the mark that it is done.
  void finish();

 private:
  const PreparePlan& plan_;
  std::size_t dataset_;
  std::vector<std::filesystem::path> parts_;
  std::vector<std::uint64_t> record_bytes_;
  CropJoin join_;
};

/// The records of this rank's parts. THROWS Error(kData) where one is damaged; Error(kFailed).
void copy_parts(const PreparePlan& plan, std::size_t dataset, const std::string& text, int rank, int world);

/// After all: views that a done dataset lacks are written (those that are there may be another split), parts of any
/// plan and what older versions left are removed, and the rows of all datasets are counted. On one rank.
std::map<std::string, PrepareCounts> close_prepared(const PreparePlan& plan);

/// All of it, in one process.
std::map<std::string, PrepareCounts> join_prepared(const PreparePlan& plan);

}  // namespace unmask
