// Looks at the pixels of candidates: at probes, which it keeps, and only where these may match at whole crops.
//
//   CandidateMatcher matcher(crops);
//   for (const DuplicateCandidate& each : candidates) matches.push_back(matcher.match(each));
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "data/audit/near_duplicates.h"

namespace unmask {

/// THREAD: one.
class CandidateMatcher {
 public:
  /// Keeps at most so many probes, of 2.3 kB each: what a crop finds in its place is overwritten.
  static constexpr std::size_t kMostProbes = 32768;
  /// REQUIRES: crops outlives it; most_probes > 0.
  explicit CandidateMatcher(const AuditCrops& crops, std::size_t most_probes = kMostProbes);

  /// One that was made already needs no crop read.
  void keep(const CropProbe& probe);
  /// The similarity of what was told apart by probes is 0. Equal for equal candidates, whatever is kept.
  /// THROWS Error as CropStore::read.
  CropMatch match(const DuplicateCandidate& candidate);

 private:
  CropProbe probe_of(std::uint32_t crop);
  const AuditCrops& crops_;
  std::vector<CropProbe> kept_;  // of crop c in place c % size, if its number says so
  std::vector<std::uint8_t> first_, second_;
};

}  // namespace unmask
