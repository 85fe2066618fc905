// What ranks worked on, and when: the lines of a run's timing.csv.
#pragma once

#include <string>
#include <vector>

#include "sweep/run/lease_timing.h"

namespace unmask {

struct LeaseSpan {
  LeaseTiming lease;
  double begin_s = 0, end_s = 0;  // seconds since 1970, UTC
};

/// From the text of RUN/timing.csv, in its order. Columns go by name; lines that a kill cut short, and numbers that are
/// none, are passed over.
std::vector<LeaseSpan> lease_spans(const std::string& timing_csv);

}  // namespace unmask
