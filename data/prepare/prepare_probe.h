// A look into each video before the work: how many frames it has, and the digest of its file. Ranks share it.
//
//   const std::string mine = probe_sources(listing, rank, world, {});                       // every rank
//   const std::vector<SourceFacts> facts = facts_from(listing, all_gather_text(world, mine));  // the same on all
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "data/frames/media_decoder.h"
#include "data/prepare/prepare_plan.h"

namespace unmask {

/// The facts of this rank's share of the videos (probes_of_rank), as text for facts_from(); `each` is called after each
/// video and may throw to stop. What is wrong with a video is among its facts. Facts that an earlier start of this very
/// plan has kept (keep_facts) are taken from there. THROWS Error(kFailed) if no decoder can be started.
std::string probe_sources(const PrepareListing& listing, int rank, int world, const std::function<void()>& each);

/// All sources' facts, from the texts of all ranks. THROWS Error(kFailed) on other texts.
std::vector<SourceFacts> facts_from(const PrepareListing& listing, const std::vector<std::string>& shares);

/// Beside the parts, so that the same command after a kill needn't look again. On one rank. THROWS Error(kFailed).
void keep_facts(const PreparePlan& plan);

/// The facts of one file. `with_digest` false: without the digest, for which all of it would be read.
SourceFacts look_into(MediaDecoder& decoder, const std::filesystem::path& file, bool with_digest = true);

/// XXH3-128 of a regular file, as 32 hex digits; "" where it can't be read or is something else.
std::string source_digest(const std::filesystem::path& file);

}  // namespace unmask
