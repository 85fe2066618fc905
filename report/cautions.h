// What to be careful about with a run's numbers, as its page says above all else. Pure.
//
//   for (const std::string& sentence : cautions(run)) std::cout << sentence << "\n";
#pragma once

#include <string>
#include <vector>

#include "report/report_data.h"

namespace unmask {

/// A sentence each: random starts, leaks, failed trials, several numerics classes, scores that were selected on, a
/// chosen model without a calibration or without a split for it, few people, what is damaged or isn't there yet.
std::vector<std::string> cautions(const ReportedRun& run);

}  // namespace unmask
