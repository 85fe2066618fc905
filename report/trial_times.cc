#include "report/trial_times.h"

#include <cmath>
#include <cstdio>
#include <ctime>

#include "report/lease_spans.h"

namespace unmask {
namespace {

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
  for (const LeaseSpan& span : lease_spans(timing_csv)) {
    TrialTimes& of_trial = times[span.lease.trial];
    if (of_trial.start.empty()) of_trial.start = datetime_text(span.begin_s);
    of_trial.complete = datetime_text(span.end_s);
  }
  return times;
}

}  // namespace unmask
