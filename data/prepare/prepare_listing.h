// From a tree to values: which sources there are, what their names tell, and what of them is prepared already. Rank
// zero lists; the others get it as text, so that nobody else asks the file system about every file.
//
//   const PrepareListing listing = list_sources(options);                      // rank zero
//   const PrepareListing same = listing_from(options, listing_text(listing));  // the others
#pragma once

#include "data/prepare/prepare_plan.h"

namespace unmask {

/// Lists the tree by its layout, names, sizes and times alone: no file is opened. A dataset that this plan has made
/// before is marked done. THROWS Error(kData) for a tree that fits no layout, or where a dataset that was asked for is
/// missing.
PrepareListing list_sources(const PrepareOptions& options);

/// What `frames_of` names and no source has: a typing error, or a part of the tree that isn't there.
std::vector<std::string> unused_rules(const PrepareListing& listing);

/// As it travels between ranks, without the options: bytes, of whatever names. listing_from THROWS Error(kFailed) on
/// anything else.
std::string listing_text(const PrepareListing& listing);
PrepareListing listing_from(const PrepareOptions& options, const std::string& text);

/// All of it in one process: lists, probes, plans.
PreparePlan plan_prepare(const PrepareOptions& options);

}  // namespace unmask
