#include "sweep/run/slices.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>
#include <string_view>

#include "base/error.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStart = "slice-", kMiddle = "-of-";

/// "<K><between><N>", nothing before, after or left out.
std::optional<Slice> slice_from(std::string_view text, std::string_view between) {
  const auto whole = [](std::string_view digits) -> std::optional<int> {
    int number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    const bool all = error == std::errc() && end == digits.data() + digits.size();
    return all ? std::optional(number) : std::nullopt;
  };
  const std::size_t at = text.find(between);
  if (at == std::string_view::npos) return std::nullopt;
  const auto index = whole(text.substr(0, at)), count = whole(text.substr(at + between.size()));
  if (!index || !count || *index < 0 || *index >= *count) return std::nullopt;
  return Slice{*index, *count};
}

int severity(const std::string& state) {
  const std::vector<std::string> order = {"done", "failed", "paused", "silent", "killed", "running"};
  return static_cast<int>(std::ranges::find(order, state) - order.begin());
}

void append_line(std::string& text, const std::string& line) { text += (text.empty() ? "" : "; ") + line; }

}  // namespace

std::optional<Slice> parse_slice(const std::string& text) { return slice_from(text, "/"); }

RunFolder slice_folder(const RunFolder& run, const Slice& slice) {
  return RunFolder(run.root() / (std::string(kStart) + std::to_string(slice.index) + std::string(kMiddle) +
                                 std::to_string(slice.count)));
}

std::optional<Slice> slice_of(const RunFolder& folder) {
  const fs::path root = fs::absolute(folder.root()).lexically_normal();
  const std::string name = (root.has_filename() ? root : root.parent_path()).filename().string();
  return name.starts_with(kStart) ? slice_from(std::string_view(name).substr(kStart.size()), kMiddle) : std::nullopt;
}

SliceSet find_slices(const RunFolder& run) {
  SliceSet slices;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(run.root(), none)) {
    const auto slice = slice_of(RunFolder(entry.path()));
    if (!slice) continue;
    if (slices.count != 0 && slices.count != slice->count) {
      throw Error(ErrorKind::kUsage, run.root().string() + ": holds slices of " + std::to_string(slices.count) +
                                         " and of " + std::to_string(slice->count) +
                                         ": they are not one sweep; move one kind away");
    }
    slices.count = slice->count;
  }
  for (int k = 0; k < slices.count; ++k) {
    const RunFolder folder = slice_folder(run, {k, slices.count});
    if (fs::exists(folder.config())) {
      slices.started.emplace_back(k, folder);
    } else {
      slices.missing.push_back(k);
    }
  }
  return slices;
}

std::string missing_text(const SliceSet& slices) {
  std::string text;
  for (const int k : slices.missing) text += (text.empty() ? "" : ", ") + std::to_string(k);
  if (text.empty()) return text;
  return (slices.missing.size() == 1 ? "slice " : "slices ") + text + " of " + std::to_string(slices.count) +
         " not started";
}

RunStatus merged_status(const SliceSet& slices, const std::vector<RunStatus>& statuses) {
  RunStatus merged;
  merged.run_state = slices.missing.empty() ? "done" : "paused";
  std::set<std::string> hosts;
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    const RunStatus& status = statuses[i];
    const bool runs = status.run_state == "running";
    if (severity(status.run_state) > severity(merged.run_state)) merged.run_state = status.run_state;
    if (!status.reason.empty())
      append_line(merged.reason, "slice " + std::to_string(slices.started[i].first) + ": " + status.reason);
    for (const auto& [state, count] : status.trials) merged.trials[state] += count;
    merged.groups.insert(merged.groups.end(), status.groups.begin(), status.groups.end());
    merged.leaders.insert(merged.leaders.end(), status.leaders.begin(), status.leaders.end());
    merged.ranks.insert(merged.ranks.end(), status.ranks.begin(), status.ranks.end());
    merged.images_per_s += status.images_per_s;
    merged.eta_s = std::max(merged.eta_s, status.eta_s);
    merged.elapsed_s = std::max(merged.elapsed_s, status.elapsed_s);
    merged.predicted_s = std::max(merged.predicted_s, status.predicted_s);
    merged.updated = std::max(merged.updated, status.updated);
    hosts.insert(status.host);
    merged.allows_leaks |= status.allows_leaks;
    if (merged.mode.empty()) merged.mode = status.mode;
    if (runs || merged.pid == 0) merged.pid = status.pid;
  }
  for (const std::string& host : hosts) merged.host += (merged.host.empty() ? "" : ",") + host;
  if (const std::string missing = missing_text(slices); !missing.empty()) append_line(merged.reason, missing);
  order_leaders(merged.leaders);
  return merged;
}

}  // namespace unmask
