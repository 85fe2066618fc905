#include "data/audit/candidate_matcher.h"

#include <algorithm>
#include <limits>

#include "data/audit/probe_match.h"

namespace unmask {

CandidateMatcher::CandidateMatcher(const AuditCrops& crops, std::size_t most_probes) : crops_(crops) {
  CropProbe none;
  none.crop = std::numeric_limits<std::uint32_t>::max();
  kept_.assign(std::min(most_probes, crops.size()), none);
}

void CandidateMatcher::keep(const CropProbe& probe) { kept_[probe.crop % kept_.size()] = probe; }

CropMatch CandidateMatcher::match(const DuplicateCandidate& candidate) {
  const bool mirrored = candidate.mirrored != 0;
  const SketchWindow& window = sketch_windows()[candidate.window];
  if (!may_match(probe_of(candidate.first), probe_of(candidate.second), mirrored, window)) return {};
  crops_.read(candidate.first, first_);
  crops_.read(candidate.second, second_);
  return match_crops({first_, crops_.crop_px(candidate.first)}, {second_, crops_.crop_px(candidate.second)}, mirrored);
}

CropProbe CandidateMatcher::probe_of(std::uint32_t crop) {
  CropProbe& kept = kept_[crop % kept_.size()];
  if (kept.crop != crop) {
    crops_.read(crop, first_);
    kept = probe_crop(crop, first_, crops_.crop_px(crop));
  }
  return kept;
}

}  // namespace unmask
