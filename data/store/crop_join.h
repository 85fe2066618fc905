// Parts become one store without anyone reading them all: each rank puts its parts' records into place in one file,
// rank zero then writes what stands around them from the parts' indexes. The bytes are those of a CropStoreWriter that
// appends all parts in order, for any number of ranks.
//
//   const std::vector<std::uint64_t> bytes = …;   // record_bytes_of(part) of all parts, in the order of their rows
//   CropJoin join("stores/base/prepared.crops", bytes);                             // rank zero; tells the others …
//   copy_records(join.temporary(), part, join_offsets(bytes)[number_of_part]);      // every rank, its own parts
//   join.finish(part_files, preprocessing_json);                                    // rank zero, after all
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/durable_file.h"

namespace unmask {

/// Bytes that the records of a finished store take, with their padding. Reads its header alone. THROWS Error(kData).
std::uint64_t record_bytes_of(const std::filesystem::path& part);

/// Where the records of each part begin in the joined store, and, one more, where they end: the same on every rank.
std::vector<std::uint64_t> join_offsets(std::span<const std::uint64_t> record_bytes);

/// Puts the records of `part` at `offset` of the file that a CropJoin is making, each checked by its digest, and syncs
/// them. Parts may be copied at the same time by any thread or process. THROWS Error: kData where the part is damaged
/// or a view; kFailed where the file can't be written.
void copy_records(const std::filesystem::path& temporary, const std::filesystem::path& part, std::uint64_t offset);

/// The joined store in the making, on rank zero. Nothing is seen under the target's name before finish(); the
/// destructor removes what wasn't finished, the next join of that target what a kill left. THREAD: one thread.
class CropJoin {
 public:
  /// `record_bytes`: of all parts, in the order of their rows. THROWS Error(kFailed): the disk is full, ….
  CropJoin(std::filesystem::path target, std::vector<std::uint64_t> record_bytes);
  const std::filesystem::path& temporary() const { return file_.temporary(); }
  /// REQUIRES: every part's records have been copied. Reads the indexes of the parts, of which there is at least one.
  /// THROWS Error(kData) where a part is damaged, or has another crop_px, encoding or size than was said.
  void finish(std::span<const std::filesystem::path> parts, const std::string& preprocessing_json);

 private:
  std::filesystem::path target_;
  std::vector<std::uint64_t> record_bytes_;
  DurableFile file_;
};

}  // namespace unmask
