#include "sweep/plan/trial_brief.h"

#include <set>

namespace unmask {

std::string train_set(const std::vector<std::string>& datasets) {
  const std::set<std::string> sorted(datasets.begin(), datasets.end());
  std::string text;
  for (const std::string& name : sorted) text += (text.empty() ? "" : ",") + name;
  return text;
}

}  // namespace unmask
