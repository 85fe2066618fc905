// Which files of a folder are due to be judged: that have stood still for a while, and weren't judged yet. Pure.
//
//   Arrivals arrivals(2);
//   const std::vector<FoundFile> due = arrivals.due(scan.files, now_s, [&](const FoundFile& file) {
//     return verdicts.has(file);
//   });
#pragma once

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "launch/run/folder_scan.h"

namespace unmask {

class Arrivals {
 public:
  /// For `still_s` a file's size and time must hold: who writes it slowly is at work still.
  explicit Arrivals(double still_s) : still_s_(still_s) {}
  /// Of the files that were found at `now_s` (of a clock that nobody sets) those that are due, in their order. One is
  /// due again until it `is_judged`. Files that are no longer found are forgotten.
  std::vector<FoundFile> due(const std::vector<FoundFile>& found, double now_s,
                             const std::function<bool(const FoundFile&)>& is_judged);

 private:
  struct Sighting {
    FoundFile file;
    double since_s = 0;  // it was seen first as it is
  };
  double still_s_;
  std::unordered_map<std::string, Sighting> waiting_;  // by path
};

}  // namespace unmask
