#include "sweep/plan/stopping.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "base/number_text.h"

namespace unmask {
namespace {

using Decided = std::set<std::pair<int, int>>;

/// Trials that are compared, in order of id.
using RungSet = std::vector<RungTrial>;

std::vector<RungSet> sets_of(std::vector<RungTrial> trials) {
  std::sort(trials.begin(), trials.end(), [](const RungTrial& a, const RungTrial& b) { return a.id < b.id; });
  std::map<std::pair<int, std::string>, RungSet> sets;
  for (RungTrial& trial : trials) {
    if (!trial.rungs.empty()) sets[{trial.cohort, trial.train_set}].push_back(std::move(trial));
  }
  std::vector<RungSet> list;
  list.reserve(sets.size());
  for (auto& item : sets) list.push_back(std::move(item.second));
  return list;
}

int last_rung(const RungSet& set) {
  std::size_t most = 0;
  for (const RungTrial& trial : set) most = std::max(most, trial.rungs.size());
  return static_cast<int>(most) - 1;
}

bool has_rung(const RungTrial& trial, int rung) { return static_cast<std::size_t>(rung) < trial.rungs.size(); }
/// The place of the value that counts at `rung`: a trial with fewer rungs enters with its last one.
std::size_t place(const RungTrial& trial, int rung) {
  return std::min(static_cast<std::size_t>(rung), trial.rungs.size() - 1);
}
bool reached(const RungTrial& trial, int rung) { return place(trial, rung) < trial.values.size(); }
bool stopped_before(const RungTrial& trial, int rung) { return trial.stopped_at >= 0 && trial.stopped_at < rung; }

std::optional<double> value_at(const RungTrial& trial, int rung) {
  if (!reached(trial, rung)) return std::nullopt;
  const std::optional<double>& value = trial.values[place(trial, rung)];
  return value && std::isnan(*value) ? std::nullopt : value;
}

/// Those that are compared at a rung.
RungSet entrants(const RungSet& set, int rung) {
  RungSet in;
  for (const RungTrial& trial : set) {
    if (!stopped_before(trial, rung)) in.push_back(trial);
  }
  return in;
}

bool is_complete(const RungSet& in, int rung) {
  return std::all_of(in.begin(), in.end(), [&](const RungTrial& t) { return t.failed || reached(t, rung); });
}

std::string text(const std::optional<double>& value) { return value ? number_text(*value) : "no value"; }

/// Whether a trial goes on, and the words that say why.
struct Verdict {
  bool goes_on = true;
  std::string why;
};

std::map<int, Verdict> by_median(const RungSet& in, int rung) {
  std::vector<double> values;
  for (const RungTrial& trial : in) {
    if (const auto value = value_at(trial, rung)) values.push_back(*value);
  }
  std::map<int, Verdict> verdicts;
  if (values.size() < 3) {
    for (const RungTrial& trial : in) verdicts[trial.id] = {true, "fewer than 3 values to compare with"};
    return verdicts;
  }
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  const double median = values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  for (const RungTrial& trial : in) {
    const auto value = value_at(trial, rung);
    const bool goes_on = value && *value >= median;
    verdicts[trial.id] = {goes_on, text(value) + " is " + (goes_on ? "not below" : "below") + " the median " +
                                       number_text(median) + " of " + std::to_string(values.size()) + " trials"};
  }
  return verdicts;
}

std::map<int, Verdict> by_halving(const RungSet& in, int rung, double keep) {
  // Failed ones without a value after all others; then by value, ties by id (the order that they are in).
  std::vector<const RungTrial*> order;
  for (const RungTrial& trial : in) order.push_back(&trial);
  const auto group = [&](const RungTrial* trial) { return value_at(*trial, rung) ? 0 : trial->failed ? 2 : 1; };
  std::stable_sort(order.begin(), order.end(), [&](const RungTrial* a, const RungTrial* b) {
    if (group(a) != group(b)) return group(a) < group(b);
    return group(a) == 0 && *value_at(*a, rung) > *value_at(*b, rung);
  });
  // keep × count may be a hair above a whole number.
  const auto kept = static_cast<std::size_t>(std::ceil(keep * static_cast<double>(in.size()) - 1e-9));
  std::map<int, Verdict> verdicts;
  for (std::size_t at = 0; at < order.size(); ++at) {
    verdicts[order[at]->id] = {at < kept, text(value_at(*order[at], rung)) + " is number " + std::to_string(at + 1) +
                                              " of " + std::to_string(order.size()) + " trials, " +
                                              std::to_string(kept) + " go on"};
  }
  return verdicts;
}

/// Decides what can be decided in one set, rung after rung, and marks what it stops. Returns the first rung that can't
/// be decided yet; one past the last if all could.
int decide(const SweepOptions& options, RungSet& set, const Decided& decided, std::vector<RungDecision>& decisions) {
  const int last = last_rung(set);
  for (int rung = 0; rung <= last; ++rung) {
    const RungSet in = entrants(set, rung);
    if (!is_complete(in, rung)) return rung;
    const auto verdicts =
        options.stop == StoppingRule::kMedian ? by_median(in, rung) : by_halving(in, rung, options.keep);
    for (RungTrial& trial : set) {
      const bool waits = !stopped_before(trial, rung) && !trial.failed && has_rung(trial, rung);
      if (!waits || decided.contains({trial.id, rung})) continue;
      const Verdict& verdict = verdicts.at(trial.id);
      const std::string start = verdict.goes_on ? "goes on at" : "stopped at";
      decisions.push_back({trial.id, rung, verdict.goes_on, value_at(trial, rung),
                           start + " rung " + std::to_string(rung + 1) + " (epoch " +
                               std::to_string(trial.rungs[static_cast<std::size_t>(rung)]) + "): " + verdict.why});
      if (!verdict.goes_on) trial.stopped_at = rung;
    }
  }
  return last + 1;
}

}  // namespace

std::vector<int> rung_epochs(const SweepOptions& options, int epochs, double peak_fraction) {
  std::vector<int> rungs;
  if (options.stop == StoppingRule::kNone) return rungs;
  const auto peak = static_cast<std::int64_t>(std::ceil(peak_fraction * epochs));
  const std::int64_t parts = std::int64_t{options.rungs} + 1;
  for (std::int64_t k = 1; k < parts; ++k) {
    const std::int64_t epoch = std::max((k * epochs + parts - 1) / parts, peak);
    if (epoch >= epochs) break;
    if (rungs.empty() || epoch > rungs.back()) rungs.push_back(static_cast<int>(epoch));
  }
  return rungs;
}

std::vector<RungDecision> decide_rungs(const SweepOptions& options, const std::vector<RungTrial>& trials,
                                       const std::vector<std::pair<int, int>>& decided) {
  std::vector<RungDecision> decisions;
  if (options.stop == StoppingRule::kNone) return decisions;
  const Decided known(decided.begin(), decided.end());
  for (RungSet& set : sets_of(trials)) decide(options, set, known, decisions);
  return decisions;
}

std::vector<int> holding_up(const SweepOptions& options, const std::vector<RungTrial>& trials,
                            const std::vector<std::pair<int, int>>& decided) {
  std::set<int> ids;
  if (options.stop == StoppingRule::kNone) return {};
  const Decided known(decided.begin(), decided.end());
  std::vector<RungDecision> ignored;
  for (RungSet& set : sets_of(trials)) {
    const int rung = decide(options, set, known, ignored);
    if (rung > last_rung(set)) continue;
    const RungSet in = entrants(set, rung);
    const auto waits = [&](const RungTrial& trial) {
      return !trial.failed && has_rung(trial, rung) && reached(trial, rung);
    };
    if (std::none_of(in.begin(), in.end(), waits)) continue;
    for (const RungTrial& trial : in) {
      if (!trial.failed && !reached(trial, rung)) ids.insert(trial.id);
    }
  }
  return {ids.begin(), ids.end()};
}

}  // namespace unmask
