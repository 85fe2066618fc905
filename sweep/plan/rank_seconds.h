// How a rank spends its time, as messages, status.json and timing.csv tell it.
#pragma once

namespace unmask {

/// Where a rank's time went since it began.
struct RankSeconds {
  double load_s = 0, compute_s = 0, exposed_s = 0, optimizer_s = 0;
  double lease_s = 0;  // all of its leases: the rest of it is opening, scoring, saving
  double idle_s = 0;   // waiting for a lease
};

}  // namespace unmask
