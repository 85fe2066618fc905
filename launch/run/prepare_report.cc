#include "launch/run/prepare_report.h"

#include <set>

#include "base/number_text.h"
#include "base/table_text.h"

namespace unmask {
namespace {

constexpr std::size_t kBadSourcesNamed = 20;

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

std::vector<std::string> bad_source_lines(const std::map<std::string, PrepareCounts>& by_store) {
  std::vector<std::string> lines;
  std::size_t bad = 0;
  for (const auto& [store, counts] : by_store) {
    for (const std::string& source : counts.bad) {
      if (++bad <= kBadSourcesNamed) lines.push_back("bad: " + source);
    }
  }
  if (bad > kBadSourcesNamed)
    lines.push_back("… and " + std::to_string(bad - kBadSourcesNamed) +
                    " more: prepared.problems.csv beside each store names all");
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

std::string estimate_table(std::span<const PrepareEstimate> estimates) {
  TextTable table({"dataset", "videos", "frames", "crops", "GB", "core-hours", "unreadable", "timed"});
  for (const PrepareEstimate& e : estimates) {
    table.add({e.dataset, std::to_string(e.videos), std::to_string(e.frames), fixed_text(e.crops, 0),
               fixed_text(e.store_bytes * 1e-9, 3), fixed_text(e.core_hours, 3), std::to_string(e.unreadable),
               std::to_string(e.timed)});
  }
  return table.text() +
         "\nvideos, frames and unreadable are told by names and headers; crops, GB and core-hours are estimates from "
         "the "
         "timed frames";
}

}  // namespace unmask
