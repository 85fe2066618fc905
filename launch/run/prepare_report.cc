#include "launch/run/prepare_report.h"

#include <set>

#include "base/table_text.h"

namespace unmask {
namespace {

constexpr std::size_t kBadFramesNamed = 20;

}  // namespace

std::string counts_table(const std::map<std::string, PrepareCounts>& by_store) {
  std::set<std::string> statuses;
  for (const auto& [store, counts] : by_store) {
    for (const auto& [status, count] : counts.by_status) statuses.insert(status);
  }
  std::vector<std::string> header = {"store", "frames"};
  header.insert(header.end(), statuses.begin(), statuses.end());
  TextTable table(header);
  for (const auto& [store, counts] : by_store) {
    std::int64_t all = 0;
    std::vector<std::string> cells;
    for (const std::string& status : statuses) {
      const auto found = counts.by_status.find(status);
      const std::int64_t count = found == counts.by_status.end() ? 0 : found->second;
      all += count;
      cells.push_back(std::to_string(count));
    }
    cells.insert(cells.begin(), {store, std::to_string(all)});
    table.add(cells);
  }
  return table.text();
}

std::vector<std::string> bad_frame_lines(const std::map<std::string, PrepareCounts>& by_store) {
  std::vector<std::string> lines;
  std::size_t bad = 0;
  for (const auto& [store, counts] : by_store) {
    for (const std::string& frame : counts.bad) {
      if (++bad <= kBadFramesNamed) lines.push_back("bad frame: " + frame);
    }
  }
  if (bad > kBadFramesNamed) lines.push_back("… and " + std::to_string(bad - kBadFramesNamed) + " more");
  return lines;
}

std::int64_t usable_frames(const std::map<std::string, PrepareCounts>& by_store) {
  std::int64_t crops = 0;
  for (const auto& [store, counts] : by_store) {
    const auto ok = counts.by_status.find(to_word(FrameStatus::kOk));
    if (ok != counts.by_status.end()) crops += ok->second;
  }
  return crops;
}

}  // namespace unmask
