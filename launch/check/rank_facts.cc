#include "launch/check/rank_facts.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>
#include <set>
#include <tuple>

#include <nlohmann/json.hpp>

#include "base/table_text.h"
#include "launch/check/disk_space.h"

namespace unmask {
namespace {

constexpr double kMostClockDifferenceS = 1;

/// "0-3,6"
std::string ranges_text(const std::vector<int>& ascending) {
  std::string text;
  for (std::size_t i = 0, end = 0; i < ascending.size(); i = end) {
    for (end = i + 1; end < ascending.size() && ascending[end] == ascending[end - 1] + 1;) ++end;
    text += (text.empty() ? "" : ",") + std::to_string(ascending[i]);
    if (end > i + 1) text += "-" + std::to_string(ascending[end - 1]);
  }
  return text;
}

std::string ranks_text(const std::vector<int>& ranks) {
  return (ranks.size() == 1 ? "rank " : "ranks ") + ranges_text(ranks);
}

}  // namespace

std::string RankFacts::text() const {
  return nlohmann::json{{"rank", rank},           {"host", host},          {"cores", cores},     {"numerics", numerics},
                        {"ahead", clock_ahead_s}, {"sees", sees_file},     {"flock", got_flock}, {"fcntl", got_fcntl},
                        {"gpus", gpus},           {"memory", memory_bytes}}
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

RankFacts RankFacts::from(const std::string& text) {
  const auto json = nlohmann::json::parse(text);
  RankFacts facts;
  json.at("rank").get_to(facts.rank);
  json.at("host").get_to(facts.host);
  json.at("cores").get_to(facts.cores);
  json.at("gpus").get_to(facts.gpus);
  json.at("numerics").get_to(facts.numerics);
  json.at("memory").get_to(facts.memory_bytes);
  json.at("ahead").get_to(facts.clock_ahead_s);
  json.at("sees").get_to(facts.sees_file);
  json.at("flock").get_to(facts.got_flock);
  json.at("fcntl").get_to(facts.got_fcntl);
  return facts;
}

std::string ranks_table(const std::vector<RankFacts>& ranks) {
  std::map<std::tuple<std::string, std::size_t, std::string>, std::vector<int>> alike;
  for (const RankFacts& facts : ranks) alike[{facts.host, facts.cores.size(), facts.gpus}].push_back(facts.rank);
  TextTable table({"host", "ranks", "cores a rank", "GPUs"});
  for (const auto& [kind, members] : alike) {
    const auto& [host, cores, gpus] = kind;
    table.add({host, ranges_text(members), std::to_string(cores), gpus});
  }
  return table.text();
}

void judge_ranks(const std::vector<RankFacts>& ranks, int threads_per_rank, std::int64_t rank_bytes,
                 const std::string& folder, Findings& findings) {
  struct Host {
    std::set<int> cores;
    std::vector<int> ranks;
    double clock_ahead_s = 0;
    std::int64_t memory_bytes = std::numeric_limits<std::int64_t>::max();
  };
  std::map<std::string, Host> hosts;
  std::map<std::string, std::vector<int>> classes;
  std::vector<int> bound, narrow, blind, flocked, fcntled;
  const std::string threads = std::to_string(threads_per_rank);
  for (const RankFacts& facts : ranks) {
    Host& host = hosts[facts.host];
    host.cores.insert(facts.cores.begin(), facts.cores.end());
    host.ranks.push_back(facts.rank);
    host.clock_ahead_s = facts.clock_ahead_s;
    host.memory_bytes = std::min(host.memory_bytes, facts.memory_bytes);
    classes[facts.numerics].push_back(facts.rank);
    const auto cores = static_cast<int>(facts.cores.size());
    if (cores < threads_per_rank) {
      narrow.push_back(facts.rank);
    } else if (cores == 1) {
      bound.push_back(facts.rank);
    }
    if (!facts.sees_file) blind.push_back(facts.rank);
    if (facts.got_flock) flocked.push_back(facts.rank);
    if (facts.got_fcntl) fcntled.push_back(facts.rank);
  }
  const std::string unbind =
      "; don't bind ranks to cores (mpirun: PRTE_MCA_hwloc_default_binding_policy=none; srun: --cpu-bind=none or more "
      "--cpus-per-task)";
  if (!narrow.empty())
    findings.warn(ranks_text(narrow) + ": fewer cores than train.threads_per_rank = " + threads + unbind);
  if (!bound.empty())
    findings.warn(ranks_text(bound) + ": one core only: loading and communication wait for it" + unbind);
  for (const auto& [name, host] : hosts) {
    const std::size_t wanted = host.ranks.size() * static_cast<std::size_t>(threads_per_rank);
    if (host.cores.size() < wanted)
      findings.warn("host " + name + ": " + std::to_string(host.ranks.size()) + " ranks of " + threads +
                    " thread(s) share " + std::to_string(host.cores.size()) + " cores; start fewer ranks there");
    if (rank_bytes > 0 && static_cast<std::int64_t>(host.ranks.size()) * rank_bytes > host.memory_bytes)
      findings.warn("host " + name + ": " + std::to_string(host.ranks.size()) + " ranks take about " +
                    bytes_text(static_cast<double>(rank_bytes)) + " of memory each, " +
                    bytes_text(static_cast<double>(host.memory_bytes)) +
                    " may be taken; a smaller train.microbatch_size or fewer ranks there take less");
    if (std::abs(host.clock_ahead_s) > kMostClockDifferenceS) {
      char seconds[32];
      std::snprintf(seconds, sizeof seconds, "%+.1f", host.clock_ahead_s);
      findings.warn("host " + name + ": its clock differs from rank 0's by " + seconds +
                    " s: times in logs can't be compared");
    }
  }
  if (classes.size() > 1) {
    std::string text =
        "ranks of different numerics classes compute other bits; a run works only on those of its own, unless "
        "runtime.numerics = \"any\":";
    for (const auto& [name, members] : classes) text += "\n  " + ranks_text(members) + ": " + name;
    findings.warn(text);
  }
  if (!blind.empty())
    findings.fault(ErrorKind::kUsage, ranks_text(blind) + ": don't see what rank 0 writes in " + folder +
                                          ": choose a folder on a file system that all hosts share");
  const auto locked_twice = [&](const std::vector<int>& who, const char* lock) {
    if (who.empty()) return;
    findings.warn(folder + ": " + ranks_text(who) + " got an exclusive " + lock +
                  " lock that rank 0 holds: file locks don't work here; a run is then guarded by the counter of its "
                  "lock alone, and a second start waits runtime.lock_lease_s");
  };
  locked_twice(flocked, "flock");
  locked_twice(fcntled, "fcntl");
}

}  // namespace unmask
