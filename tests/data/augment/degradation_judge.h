// Bytes that were changed, beside what tests/data/augment/degradation_reference.py makes of the same draws.
#pragma once

#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tests/data/augment/drawn_crop.h"
#include "tests/data/augment/python_judge.h"

namespace unmask::test {

/// Absolute differences in levels: the mean of all pictures, and of the worst of them.
struct LevelDifference {
  double mean = 0, worst_mean = 0, largest = 0;
};

class DegradationJudge {
 public:
  /// `draw`: what `how` needs, as text.
  void add(const std::string& how, const Pixels& crop, const Pixels& ours, int px, const std::string& draw) {
    Set& set = sets_[how];
    set.crops.append(reinterpret_cast<const char*>(crop.data()), crop.size());
    set.ours.append(reinterpret_cast<const char*>(ours.data()), ours.size());
    set.draws += std::to_string(px) + " " + draw + "\n";
  }
  std::map<std::string, LevelDifference> run() const {
    std::string arguments;
    for (const auto& [how, set] : sets_) {
      const auto folder = folder_.path() / how;
      std::filesystem::create_directories(folder);
      write_bytes(folder / "crops.u8", set.crops);
      write_bytes(folder / "ours.u8", set.ours);
      write_bytes(folder / "draws.txt", set.draws);
      arguments += " " + how + " " + folder.string();
    }
    std::istringstream answer(run_reference("compare" + arguments, "", "degradation_reference.py"));
    std::map<std::string, LevelDifference> found;
    std::map<std::string, int> pictures;
    std::string folder;
    double mean = 0, largest = 0;
    while (answer >> folder >> mean >> largest) {
      const std::string how = std::filesystem::path(folder).filename();
      ++pictures[how];
      found[how].mean += mean;
      found[how].worst_mean = std::max(found[how].worst_mean, mean);
      found[how].largest = std::max(found[how].largest, largest);
    }
    for (auto& [how, difference] : found) difference.mean /= pictures[how];
    return found;
  }

 private:
  struct Set {
    std::string crops, ours, draws;
  };
  TemporaryFolder folder_;
  std::map<std::string, Set> sets_;
};

}  // namespace unmask::test
