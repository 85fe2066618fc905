#include "launch/run/run_check.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <tuple>

#include <nlohmann/json.hpp>

#include "base/table_text.h"

namespace unmask {
namespace {

constexpr std::size_t kExamples = 3;
constexpr double kMostClockDifferenceS = 1;

/// "5 videos (p1, p2, p3, …)"
std::string counted(const std::vector<std::string>& names, const std::string& one, const std::string& many) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kExamples); ++i) text += (i > 0 ? ", " : "") + names[i];
  if (names.size() > kExamples) text += ", …";
  return std::to_string(names.size()) + " " + (names.size() == 1 ? one : many) + " (" + text + ")";
}

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

std::vector<std::string> shared(const std::set<std::string>& a, const std::set<std::string>& b) {
  std::vector<std::string> both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  return both;
}

}  // namespace

void Findings::fault(ErrorKind kind, const std::string& what) {
  lines_.push_back("FAULT  " + what);
  const auto place = [](int code) { return code == 2 ? 0 : code == 3 ? 1 : code == 1 ? 2 : 3; };
  const int code = static_cast<int>(kind);
  if (exit_code_ == 0 || place(code) < place(exit_code_)) exit_code_ = code;
}

std::string Findings::text() const {
  std::string text;
  for (const std::string& line : lines_) text += (text.empty() ? "" : "\n") + line;
  return text;
}

void StoreCensus::add(const FrameInfo& frame) {
  if (frame.status != FrameStatus::kOk) {
    ++without_crop;
    return;
  }
  ++(frame.label != 0 ? fake : real);
  videos.insert(frame.method + " " + (frame.compression.empty() ? "" : frame.compression + " ") + frame.video);
  if (!frame.target_identity.empty()) identities.insert(frame.target_identity);
}

std::string stores_table(const std::vector<StoreCensus>& stores) {
  TextTable table({"dataset", "split", "real", "fake", "without a face", "videos", "identities"});
  for (const StoreCensus& store : stores) {
    table.add({store.dataset, to_word(store.split), std::to_string(store.real), std::to_string(store.fake),
               std::to_string(store.without_crop), std::to_string(store.videos.size()),
               std::to_string(store.identities.size())});
  }
  return table.text();
}

void judge_splits(const std::vector<StoreCensus>& stores, Findings& findings) {
  for (std::size_t i = 0; i < stores.size(); ++i) {
    const StoreCensus& a = stores[i];
    if (a.real + a.fake > 0 && (a.real == 0 || a.fake == 0)) {
      findings.warn("dataset " + a.dataset + ", split " + to_word(a.split) + ": all crops are " +
                    (a.real == 0 ? "fake" : "real") + ": no AUC can be had of it");
    }
    for (std::size_t j = i + 1; j < stores.size(); ++j) {
      const StoreCensus& b = stores[j];
      if (a.dataset != b.dataset) continue;
      const auto videos = shared(a.videos, b.videos), identities = shared(a.identities, b.identities);
      std::string both;
      if (!videos.empty()) both = counted(videos, "video", "videos");
      if (!identities.empty())
        both += (both.empty() ? "" : " and ") + counted(identities, "target identity", "target identities");
      if (both.empty()) continue;
      findings.fault(ErrorKind::kData, "dataset " + a.dataset + ": " + both + " in both " + to_word(a.split) + " and " +
                                           to_word(b.split) + "; split the videos by identity and prepare again");
    }
  }
}

std::string RankFacts::text() const {
  return nlohmann::json{{"rank", rank},         {"host", host},           {"cores", cores},
                        {"numerics", numerics}, {"ahead", clock_ahead_s}, {"sees", sees_file},
                        {"flock", got_flock},   {"fcntl", got_fcntl},     {"gpus", gpus}}
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
  json.at("ahead").get_to(facts.clock_ahead_s);
  json.at("sees").get_to(facts.sees_file);
  json.at("flock").get_to(facts.got_flock);
  json.at("fcntl").get_to(facts.got_fcntl);
  return facts;
}

std::string ranks_table(const std::vector<RankFacts>& ranks) {
  std::map<std::tuple<std::string, std::size_t, std::string>, std::vector<int>> alike;
  for (const RankFacts& its : ranks) alike[{its.host, its.cores.size(), its.gpus}].push_back(its.rank);
  TextTable table({"host", "ranks", "cores a rank", "GPUs"});
  for (const auto& [kind, members] : alike) {
    const auto& [host, cores, gpus] = kind;
    table.add({host, ranges_text(members), std::to_string(cores), gpus});
  }
  return table.text();
}

void judge_ranks(const std::vector<RankFacts>& ranks, int threads_per_rank, const std::string& folder,
                 Findings& findings) {
  struct Host {
    std::set<int> cores;
    std::vector<int> ranks;
    double clock_ahead_s = 0;
  };
  std::map<std::string, Host> hosts;
  std::map<std::string, std::vector<int>> classes;
  std::vector<int> bound, narrow, blind, flocked, fcntled;
  const std::string threads = std::to_string(threads_per_rank);
  for (const RankFacts& its : ranks) {
    Host& host = hosts[its.host];
    host.cores.insert(its.cores.begin(), its.cores.end());
    host.ranks.push_back(its.rank);
    host.clock_ahead_s = its.clock_ahead_s;
    classes[its.numerics].push_back(its.rank);
    const auto cores = static_cast<int>(its.cores.size());
    if (cores < threads_per_rank) {
      narrow.push_back(its.rank);
    } else if (cores == 1) {
      bound.push_back(its.rank);
    }
    if (!its.sees_file) blind.push_back(its.rank);
    if (its.got_flock) flocked.push_back(its.rank);
    if (its.got_fcntl) fcntled.push_back(its.rank);
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
    for (const auto& [name, members] : classes) text += "\n         " + ranks_text(members) + ": " + name;
    findings.warn(text);
  }
  if (!blind.empty())
    findings.fault(ErrorKind::kUsage, ranks_text(blind) + ": don't see what rank 0 writes in " + folder +
                                          ": choose a folder on a file system that all hosts share");
  const auto locked_twice = [&](const std::vector<int>& who, const char* lock) {
    if (who.empty()) return;
    findings.warn(
        folder + ": " + ranks_text(who) + " got an exclusive " + lock +
        " lock that rank 0 holds: file locks don't work here; a run is then guarded by its lease alone, and a "
        "second start waits runtime.lock_lease_s");
  };
  locked_twice(flocked, "flock");
  locked_twice(fcntled, "fcntl");
}

std::string bytes_text(double bytes) {
  static constexpr const char* kUnits[] = {"B", "kB", "MB", "GB", "TB", "PB"};
  std::size_t unit = 0;
  for (; bytes >= 999.95 && unit + 1 < std::size(kUnits); ++unit) bytes /= 1000;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", bytes, kUnits[unit]);
  return text;
}

}  // namespace unmask
