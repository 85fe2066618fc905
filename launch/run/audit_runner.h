// `unmask audit` over ranks: each looks at its share of the crops, and all find the same.
//
//   const AuditReport report = run_audit(stores, /*with_crops=*/true, session, watch);  // whole on rank zero
#pragma once

#include <vector>

#include "data/audit/audit_report.h"
#include "data/audit/audit_stores.h"
#include "launch/rank_watch.h"
#include "launch/session.h"

namespace unmask {

/// COLLECTIVE. What fails on one rank is thrown by all as an AgreedError. The report is the same for any number of
/// ranks; ranks but zero get an empty one.
AuditReport run_audit(const std::vector<AuditStore>& stores, bool with_crops, Session& session, RankWatch& watch);

}  // namespace unmask
