#include "launch/run/arrivals.h"

#include <utility>

namespace unmask {

std::vector<FoundFile> Arrivals::due(const std::vector<FoundFile>& found, double now_s,
                                     const std::function<bool(const FoundFile&)>& is_judged) {
  std::unordered_map<std::string, Sighting> waiting;
  std::vector<FoundFile> due;
  for (const FoundFile& file : found) {
    if (is_judged(file)) continue;
    const auto before = waiting_.find(file.path.native());
    const bool stands = before != waiting_.end() && before->second.file == file;
    const double since_s = stands ? before->second.since_s : now_s;
    waiting[file.path.native()] = {file, since_s};
    if (now_s - since_s >= still_s_) due.push_back(file);
  }
  waiting_ = std::move(waiting);
  return due;
}

}  // namespace unmask
