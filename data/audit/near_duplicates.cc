#include "data/audit/near_duplicates.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "base/number_text.h"
#include "data/audit/hash_index.h"

namespace unmask {
namespace {

constexpr int kMostBits = 10;
constexpr double kLeastLikeness = 0.95;
constexpr double kLeastMovedLikeness = 0.85;  // windows fit by half a step only
constexpr std::size_t kMostVideos = 16;

/// A pair of videos as a key: the smaller index first.
std::uint64_t pair_of(const DuplicateCandidate& candidate, std::span<const std::uint32_t> video_of) {
  const auto [low, high] = std::minmax(video_of[candidate.first], video_of[candidate.second]);
  return std::uint64_t{low} << 32 | high;
}

bool is_liker(const DuplicateCandidate& a, const DuplicateCandidate& b) {
  return std::tie(b.likeness, a.first, a.second, a.mirrored, a.window) <
         std::tie(a.likeness, b.first, b.second, b.mirrored, b.window);
}

/// The likest candidates of each pair of videos.
class LikestCandidates {
 public:
  explicit LikestCandidates(std::span<const std::uint32_t> video_of) : video_of_(video_of) {}
  void add(const DuplicateCandidate& candidate) {
    std::vector<DuplicateCandidate>& kept = of_pair_[pair_of(candidate, video_of_)];
    const auto at = std::ranges::lower_bound(kept, candidate, is_liker);
    kept.insert(at, candidate);
    if (kept.size() > kCandidates) kept.pop_back();
  }
  std::vector<DuplicateCandidate> all() const {
    std::vector<DuplicateCandidate> candidates;
    for (const auto& [pair, kept] : of_pair_) candidates.insert(candidates.end(), kept.begin(), kept.end());
    std::ranges::sort(candidates, [&](const DuplicateCandidate& a, const DuplicateCandidate& b) {
      const std::uint64_t of_a = pair_of(a, video_of_), of_b = pair_of(b, video_of_);
      return of_a != of_b ? of_a < of_b : is_liker(a, b);
    });
    return candidates;
  }

 private:
  std::span<const std::uint32_t> video_of_;
  std::unordered_map<std::uint64_t, std::vector<DuplicateCandidate>> of_pair_;
};

/// Of one crop the likest crop of each other video, at most kMostVideos of them: a picture that half of all videos show
/// must not make a list of all pairs.
class PartnersOfCrop {
 public:
  explicit PartnersOfCrop(std::span<const std::uint32_t> video_of) : video_of_(video_of) {}
  void add(const DuplicateCandidate& candidate) {
    candidates_.push_back(candidate);
    if (candidates_.size() >= 16 * kMostVideos) cut();
  }
  const std::vector<DuplicateCandidate>& cut() {
    const auto video = [&](const DuplicateCandidate& candidate) { return video_of_[candidate.first]; };
    std::ranges::sort(candidates_, is_liker);
    std::ranges::stable_sort(candidates_, {}, video);
    const auto again = std::unique(candidates_.begin(), candidates_.end(),
                                   [&](const auto& one, const auto& next) { return video(one) == video(next); });
    candidates_.erase(again, candidates_.end());
    std::ranges::sort(candidates_, is_liker);
    candidates_.resize(std::min(candidates_.size(), kMostVideos));
    return candidates_;
  }

 private:
  std::span<const std::uint32_t> video_of_;
  std::vector<DuplicateCandidate> candidates_;
};

/// One crop for each hash of a video: what stands still is looked at once. Ascending.
std::vector<std::uint32_t> different_crops(std::span<const CropSketch> sketches,
                                           std::span<const std::uint32_t> video_of) {
  std::vector<std::uint32_t> crops;
  for (std::uint32_t crop = 0; crop < sketches.size(); ++crop) {
    if (sketches[crop].is_flat == 0) crops.push_back(crop);
  }
  const auto key = [&](std::uint32_t crop) { return std::pair(video_of[crop], sketches[crop].hash); };
  std::ranges::stable_sort(crops, {}, key);
  const auto again =
      std::unique(crops.begin(), crops.end(), [&](auto one, auto next) { return key(one) == key(next); });
  crops.erase(again, crops.end());
  std::ranges::sort(crops);
  return crops;
}

}  // namespace

Shard shard_of(int rank, int world, std::size_t count) {
  const auto at = [&](int r) { return count * static_cast<std::size_t>(r) / static_cast<std::size_t>(world); };
  return {at(rank), at(rank + 1)};
}

bool are_compared(const AuditVideo& a, const AuditVideo& b) {
  return a.split != b.split || (a.label != b.label && !a.shares_person(b));
}

std::vector<std::uint32_t> probe_crops(std::span<const std::uint32_t> video_of) {
  std::vector<std::size_t> have, before;
  for (const std::uint32_t video : video_of) {
    have.resize(std::max<std::size_t>(have.size(), video + 1));
    ++have[video];
  }
  before.resize(have.size());
  std::vector<std::uint32_t> probes;
  for (std::uint32_t crop = 0; crop < video_of.size(); ++crop) {
    const std::size_t of = have[video_of[crop]], at = before[video_of[crop]]++;
    if (at == 0 || at * kProbes / of != (at - 1) * kProbes / of) probes.push_back(crop);
  }
  return probes;
}

std::vector<DuplicateCandidate> find_candidates(std::span<const CropSketch> sketches,
                                                std::span<const std::uint32_t> video_of,
                                                std::span<const AuditVideo> videos, const Shard& mine,
                                                std::span<const CropProbe> probes) {
  const std::vector<std::uint32_t> crops = different_crops(sketches, video_of);
  const HashIndex index(sketches, crops);
  LikestCandidates likest(video_of);
  const auto look = [&](std::uint32_t second, std::uint32_t window, const CropSketch& sketch, double least,
                        PartnersOfCrop& partners) {
    for (const bool mirrored : {false, true}) {
      const std::uint64_t hash = mirrored ? sketch.mirrored : sketch.hash;
      index.visit(hash, [&](std::uint32_t other) {
        if (other >= second || hash_distance(hash, sketches[other].hash) > kMostBits) return;
        if (!are_compared(videos[video_of[other]], videos[video_of[second]])) return;
        const double likeness = mirrored ? mirrored_correlation(sketches[other].grey, sketch.grey)
                                         : correlation(sketches[other].grey, sketch.grey);
        if (likeness >= least) partners.add({other, second, mirrored, window, likeness});
      });
    }
  };
  const auto first = std::ranges::lower_bound(crops, mine.begin), last = std::ranges::lower_bound(crops, mine.end);
  auto probe = probes.begin();
  for (auto second = first; second != last; ++second) {
    PartnersOfCrop partners(video_of);
    look(*second, kUnmovedWindow, sketches[*second], kLeastLikeness, partners);
    while (probe != probes.end() && probe->crop < *second) ++probe;
    if (probe != probes.end() && probe->crop == *second) {
      const std::vector<CropSketch> moved = moved_sketches(*probe);
      for (std::uint32_t i = 0; i < kWindows; ++i) look(*second, i, moved[i], kLeastMovedLikeness, partners);
    }
    for (const DuplicateCandidate& candidate : partners.cut()) likest.add(candidate);
  }
  return likest.all();
}

std::vector<DuplicateCandidate> merge_candidates(std::vector<DuplicateCandidate> of_all,
                                                 std::span<const std::uint32_t> video_of) {
  LikestCandidates likest(video_of);
  for (const DuplicateCandidate& candidate : of_all) likest.add(candidate);
  return likest.all();
}

bool is_duplicate(const CropMatch& match, const AuditVideo& a, const AuditVideo& b) {
  return a.split != b.split ? match.is_copy() : match.is_unchanged_copy();
}

std::string NearDuplicate::text() const {
  return first + ", frame " + std::to_string(first_frame) + ", is frame " + std::to_string(second_frame) + " of " +
         second + (mirrored ? " mirrored" : "") + " (similarity " + fixed_text(similarity, 3) +
         (labels_differ ? "; one is real, one fake)" : ")");
}

std::vector<NearDuplicate> confirmed_duplicates(std::span<const DuplicateCandidate> candidates,
                                                std::span<const CropMatch> matches, const AuditCrops& crops) {
  std::vector<NearDuplicate> found;
  std::uint64_t last = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const DuplicateCandidate& at = candidates[i];
    const AuditVideo &first = crops.videos()[crops.video_of()[at.first]],
                     &second = crops.videos()[crops.video_of()[at.second]];
    if (!is_duplicate(matches[i], first, second)) continue;
    const std::uint64_t pair = pair_of(at, crops.video_of());
    const bool is_next = found.empty() || pair != last;
    if (!is_next && matches[i].similarity <= found.back().similarity) continue;
    if (is_next) found.emplace_back();
    last = pair;
    found.back() = {first.name(),
                    second.name(),
                    crops.frame(at.first).frame,
                    crops.frame(at.second).frame,
                    at.mirrored != 0,
                    first.label != second.label,
                    matches[i].similarity};
  }
  return found;
}

}  // namespace unmask
