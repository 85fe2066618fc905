#include "report/trial_times.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <sstream>

#include "base/table_text.h"

namespace unmask {
namespace {

/// "2026-11-22T18:00:09Z" as seconds; nothing if it is none.
std::optional<double> utc_seconds(const std::string& text) {
  std::tm broken{};
  const char* end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &broken);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return static_cast<double>(::timegm(&broken));
}

std::string datetime_text(double seconds) {
  const auto whole = static_cast<std::time_t>(std::floor(seconds));
  std::tm broken{};
  ::gmtime_r(&whole, &broken);
  char day[32], text[48];
  std::strftime(day, sizeof day, "%Y-%m-%d %H:%M:%S", &broken);
  std::snprintf(text, sizeof text, "%s.%06d", day, static_cast<int>((seconds - static_cast<double>(whole)) * 1e6));
  return text;
}

}  // namespace

std::map<int, TrialTimes> trial_times(const std::string& timing_csv) {
  std::map<int, TrialTimes> times;
  std::istringstream lines(timing_csv);
  std::string line;
  std::getline(lines, line);
  const auto header = split_csv(line);
  const auto column = [&](const char* name) {
    return static_cast<std::size_t>(std::ranges::find(header, name) - header.begin());
  };
  const std::size_t trial = column("trial"), wall = column("wall_s"), ended = column("ended");
  while (std::getline(lines, line)) {
    const auto cells = split_csv(line);
    if (cells.size() != header.size() || std::max({trial, wall, ended}) >= cells.size()) continue;  // cut by a kill
    const auto end = utc_seconds(cells[ended]);
    char* rest = nullptr;
    const double wall_s = std::strtod(cells[wall].c_str(), &rest);
    if (!end || *rest != '\0' || !std::isfinite(wall_s)) continue;
    TrialTimes& of_trial = times[std::atoi(cells[trial].c_str())];
    if (of_trial.start.empty()) of_trial.start = datetime_text(*end - wall_s);
    of_trial.complete = datetime_text(*end);
  }
  return times;
}

}  // namespace unmask
