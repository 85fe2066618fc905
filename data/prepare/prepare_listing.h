// From folders to a plan: which datasets and frames there are, and what of them is prepared already.
#pragma once

#include "data/prepare/prepare_plan.h"

namespace unmask {

/// Lists the folders of `options.datasets`; a store that this plan has made before is left as it is. All ranks see the
/// same folders and get the same plan. THROWS Error(kData) where a dataset that was asked for is missing or empty.
PreparePlan plan_prepare(const PrepareOptions& options);

}  // namespace unmask
