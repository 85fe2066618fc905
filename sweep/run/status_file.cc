#include "sweep/run/status_file.h"

#include <unistd.h>
#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <tuple>

#include <nlohmann/json.hpp>

#include "base/durable_file.h"
#include "base/error.h"
#include "base/host_name.h"
#include "base/number_text.h"

namespace unmask {
namespace {

using nlohmann::ordered_json;

constexpr std::int64_t kSilentS = 120;

ordered_json known(double seconds) { return seconds >= 0 ? ordered_json(seconds) : ordered_json(); }
double known(const ordered_json& seconds) { return seconds.is_null() ? -1 : seconds.get<double>(); }

ordered_json to_json(const GroupStatus& group) {
  return {{"trial", group.trial},
          {"ranks", group.ranks},
          {"step", group.step},
          {"steps", group.steps},
          {"epoch", group.epoch},
          {"epochs", group.epochs},
          {"images_per_s", group.images_per_s},
          {"eta_s", known(group.eta_s)},
          {"doing", group.doing}};
}

ordered_json to_json(const LeaderStatus& leader) {
  return {{"trial", leader.trial},
          {"state", leader.state},
          {"train", leader.train},
          {"objective", std::stod(leader.objective)},
          {"best_epoch", leader.best_epoch},
          {"point", leader.point},
          {"n", leader.n},
          {"seeds", leader.seeds}};
}

ordered_json to_json(const RankStatus& rank) {
  const RankSeconds& s = rank.seconds;
  return {{"rank", rank.rank},        {"host", rank.host},        {"load_s", s.load_s},
          {"compute_s", s.compute_s}, {"exposed_s", s.exposed_s}, {"optimizer_s", s.optimizer_s},
          {"lease_s", s.lease_s},     {"idle_s", s.idle_s}};
}

/// Who has ended stays in the list until its parent asks for it, which a container's first process may never do.
bool lives(std::int64_t pid) {
  std::string line;
  std::getline(std::ifstream("/proc/" + std::to_string(pid) + "/stat"), line);
  const std::size_t name_ends = line.rfind(") ");  // 4711 (unmask) S 4700 …
  return name_ends != std::string::npos && line[name_ends + 2] != 'Z';
}

template <typename T>
ordered_json list_json(const std::vector<T>& items) {
  ordered_json list = ordered_json::array();
  for (const T& item : items) list.push_back(to_json(item));
  return list;
}

GroupStatus group_from(const ordered_json& json) {
  GroupStatus group;
  json.at("trial").get_to(group.trial);
  json.at("ranks").get_to(group.ranks);
  json.at("step").get_to(group.step);
  json.at("steps").get_to(group.steps);
  json.at("epoch").get_to(group.epoch);
  json.at("epochs").get_to(group.epochs);
  json.at("images_per_s").get_to(group.images_per_s);
  group.eta_s = known(json.at("eta_s"));
  group.doing = json.value("doing", "");
  return group;
}

LeaderStatus leader_from(const ordered_json& json) {
  LeaderStatus leader;
  json.at("trial").get_to(leader.trial);
  json.at("state").get_to(leader.state);
  json.at("train").get_to(leader.train);
  leader.objective = number_text(json.at("objective").get<double>());
  json.at("best_epoch").get_to(leader.best_epoch);
  json.at("point").get_to(leader.point);
  leader.n = json.value("n", 1);
  leader.seeds = json.value("seeds", 1);
  return leader;
}

RankStatus rank_from(const ordered_json& json) {
  RankStatus rank;
  json.at("rank").get_to(rank.rank);
  json.at("host").get_to(rank.host);
  RankSeconds& s = rank.seconds;
  json.at("load_s").get_to(s.load_s);
  json.at("compute_s").get_to(s.compute_s);
  json.at("exposed_s").get_to(s.exposed_s);
  json.at("optimizer_s").get_to(s.optimizer_s);
  json.at("lease_s").get_to(s.lease_s);
  json.at("idle_s").get_to(s.idle_s);
  return rank;
}

}  // namespace

std::string status_json(const RunStatus& status) {
  const ordered_json json = {{"format", "unmask.status.3"},
                             {"state", status.run_state},
                             {"reason", status.reason},
                             {"trials", status.trials},
                             {"groups", list_json(status.groups)},
                             {"leaders", list_json(status.leaders)},
                             {"ranks", list_json(status.ranks)},
                             {"images_per_s", status.images_per_s},
                             {"eta_s", known(status.eta_s)},
                             {"elapsed_s", status.elapsed_s},
                             {"predicted_s", known(status.predicted_s)},
                             {"allows_leaks", status.allows_leaks},
                             {"mode", status.mode},
                             {"host", status.host},
                             {"pid", status.pid},
                             {"updated", status.updated}};
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

bool write_status(const RunFolder& folder, RunStatus status) {
  status.host = host_name();
  status.pid = ::getpid();
  status.updated = utc_now();
  try {
    replace_file(folder.status(), status_json(status));
    return true;
  } catch (const Error&) {
    return false;
  }
}

RunStatus read_status(const RunFolder& folder) {
  const std::string text = read_text_file(folder.status(), 16 << 20);
  try {
    const auto json = ordered_json::parse(text);
    RunStatus status;
    json.at("state").get_to(status.run_state);
    json.at("reason").get_to(status.reason);
    json.at("trials").get_to(status.trials);
    for (const auto& group : json.at("groups")) status.groups.push_back(group_from(group));
    for (const auto& leader : json.at("leaders")) status.leaders.push_back(leader_from(leader));
    for (const auto& rank : json.at("ranks")) status.ranks.push_back(rank_from(rank));
    json.at("images_per_s").get_to(status.images_per_s);
    status.eta_s = known(json.at("eta_s"));
    json.at("elapsed_s").get_to(status.elapsed_s);
    status.predicted_s = known(json.at("predicted_s"));
    json.at("allows_leaks").get_to(status.allows_leaks);
    json.at("mode").get_to(status.mode);
    json.at("host").get_to(status.host);
    json.at("pid").get_to(status.pid);
    json.at("updated").get_to(status.updated);
    return status;
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorKind::kData, folder.status().string() + ": is not a status file: " + error.what());
  }
}

bool status_tells_end(const RunFolder& folder) {
  try {
    const std::string state = read_status(folder).run_state;
    return state == "done" || state == "failed";
  } catch (const Error&) {
    return false;
  }
}

void order_leaders(std::vector<LeaderStatus>& leaders) {
  const auto place = [](const LeaderStatus& leader) {
    const bool is_luck = leader.n == 1 && leader.seeds > 1;
    return std::tuple(leader.train, is_luck, -std::strtod(leader.objective.c_str(), nullptr), leader.trial);
  };
  std::ranges::sort(leaders, {}, place);
  std::map<std::string, std::size_t> shown;
  std::erase_if(leaders, [&](const LeaderStatus& leader) { return ++shown[leader.train] > kLeadersShown; });
}

void tell_silence(RunStatus& status, std::int64_t now) {
  std::tm broken{};
  if (status.run_state != "running" || ::strptime(status.updated.c_str(), "%Y-%m-%dT%H:%M:%SZ", &broken) == nullptr)
    return;
  const std::int64_t age_s = now - ::timegm(&broken);
  const std::string told = "told nothing for " + std::to_string(age_s) + " s";
  const std::string again = "; the same command goes on with the run",
                    process = "process " + std::to_string(status.pid);
  const bool is_here = status.host == host_name();
  // A status is written as a whole: its process is there, or was.
  if (is_here && status.pid > 0 && !lives(status.pid)) {
    status.run_state = "killed";
    status.reason = told + ": " + process + " is gone from this host" + again;
  } else if (age_s > kSilentS) {
    status.run_state = "silent";
    status.reason = told + ": " +
                    (is_here ? process + " is stopped or has its number from another one, or the disk stands still"
                             : "host " + status.host + " or its process is gone, or their disk stands still" + again);
  }
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm broken{};
  ::gmtime_r(&now, &broken);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &broken);
  return text;
}

}  // namespace unmask
