// Crops that are copies of each other in different splits, or with different labels. Candidates by perceptual hashes,
// then by small grey pictures, all in memory (some 300 bytes a crop); their pixels are compared by who has the stores.
// Work is shared by numbers: rank r of n takes what shard_of says, and the merged result is the same for any n.
//
//   const Shard mine = shard_of(rank, world, sketches.size());
//   const auto candidates = find_candidates(sketches, crops.video_of(), crops.videos(), mine, probes_of_mine);
//   for (const DuplicateCandidate& best : merge_candidates(candidates_of_all_ranks, crops.video_of()))
//     matcher.match(best);  // data/audit/candidate_matcher.h
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/audit/audit_crops.h"
#include "data/audit/crop_match.h"
#include "data/audit/crop_sketch.h"

namespace unmask {

struct Shard {
  std::size_t begin = 0, end = 0;
};
/// The part of `count` things, in one piece, that is rank's.
Shard shard_of(int rank, int world, std::size_t count);

/// Is it worth telling that these two videos have a crop in common? In different splits it is; within one where their
/// labels differ, unless they are known to show one person: a fake and the original that it was made of.
bool are_compared(const AuditVideo& a, const AuditVideo& b);

/// Sent between ranks as it stands in memory.
struct DuplicateCandidate {
  std::uint32_t first = 0, second = 0;  // crops, first < second
  std::uint32_t mirrored = 0;
  std::uint32_t window = kUnmovedWindow;  // of sketch_windows(), through which the second is like the first's middle
  double likeness = 0;                    // correlation of the grey pictures
};

/// The crops that are probes, at most kProbes of each video, evenly spaced. Ascending. Pure.
inline constexpr std::size_t kProbes = 4;
std::vector<std::uint32_t> probe_crops(std::span<const std::uint32_t> video_of);

/// Of each pair of videos the likest pairs of crops, at most kCandidates, whose second crop is in `mine`; a crop is in
/// pairs with those of 16 videos before its own at most, the likest. Pure.
/// REQUIRES: one sketch for each crop; `probes`: those of probe_crops that are in `mine`.
inline constexpr std::size_t kCandidates = 3;
std::vector<DuplicateCandidate> find_candidates(std::span<const CropSketch> sketches,
                                                std::span<const std::uint32_t> video_of,
                                                std::span<const AuditVideo> videos, const Shard& mine,
                                                std::span<const CropProbe> probes);

/// Those of all shards together: by videos, of each pair of videos the likest kCandidates.
std::vector<DuplicateCandidate> merge_candidates(std::vector<DuplicateCandidate> of_all,
                                                 std::span<const std::uint32_t> video_of);

/// Do the pixels confirm the candidate? Within one split, where only labels differ, no part may have been changed.
bool is_duplicate(const CropMatch& match, const AuditVideo& a, const AuditVideo& b);

/// What two videos have in common: the most similar pair of crops as the example.
struct NearDuplicate {
  std::string first, second;  // "base/train real 000"
  std::uint32_t first_frame = 0, second_frame = 0;
  bool mirrored = false, labels_differ = false;
  double similarity = 0;

  /// "base/train real 000, frame 5, is frame 7 of base/val real 010 mirrored (similarity 0.991)"
  std::string text() const;
};

/// Of each pair of videos the candidate with the most similar pixels, if it is a duplicate. `matches[i]` is of
/// `candidates[i]`, as merge_candidates gave them.
std::vector<NearDuplicate> confirmed_duplicates(std::span<const DuplicateCandidate> candidates,
                                                std::span<const CropMatch> matches, const AuditCrops& crops);

}  // namespace unmask
