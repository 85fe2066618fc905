#include "launch/sweep/status_file.h"

#include <unistd.h>
#include <cstdio>
#include <ctime>
#include <fstream>

#include <nlohmann/json.hpp>

#include "base/durable_file.h"
#include "base/error.h"

namespace unmask {

std::string status_json(const RunStatus& status) {
  nlohmann::ordered_json json = {{"format", "unmask.status.1"},
                                 {"state", status.run_state},
                                 {"reason", status.reason},
                                 {"trial", status.trial},
                                 {"trial_state", status.trial_state},
                                 {"step", status.step},
                                 {"steps", status.steps},
                                 {"epoch", status.epoch},
                                 {"epochs", status.epochs},
                                 {"images_per_s", status.images_per_s},
                                 {"eta_s", nullptr},
                                 {"best", status.best},
                                 {"best_epoch", status.best_epoch},
                                 {"ranks", status.ranks},
                                 {"host", status.host},
                                 {"pid", status.pid},
                                 {"updated", status.updated}};
  if (status.eta_s >= 0) json["eta_s"] = status.eta_s;
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

bool write_status(const RunFolder& folder, const RunStatus& status) {
  const std::string temporary = folder.status().string() + ".tmp-" + std::to_string(::getpid());
  {
    std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
    out << status_json(status);
    if (!out.flush()) return std::remove(temporary.c_str()) == 0 && false;
  }
  return std::rename(temporary.c_str(), folder.status().c_str()) == 0;
}

RunStatus read_status(const RunFolder& folder) {
  const std::string text = read_text_file(folder.status(), 1 << 20);
  try {
    const auto json = nlohmann::json::parse(text);
    RunStatus status;
    json.at("state").get_to(status.run_state);
    json.at("reason").get_to(status.reason);
    json.at("trial").get_to(status.trial);
    json.at("trial_state").get_to(status.trial_state);
    json.at("step").get_to(status.step);
    json.at("steps").get_to(status.steps);
    json.at("epoch").get_to(status.epoch);
    json.at("epochs").get_to(status.epochs);
    json.at("images_per_s").get_to(status.images_per_s);
    if (!json.at("eta_s").is_null()) json.at("eta_s").get_to(status.eta_s);
    json.at("best").get_to(status.best);
    json.at("best_epoch").get_to(status.best_epoch);
    json.at("ranks").get_to(status.ranks);
    json.at("host").get_to(status.host);
    json.at("pid").get_to(status.pid);
    json.at("updated").get_to(status.updated);
    return status;
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorKind::kData, folder.status().string() + ": is not a status file: " + error.what());
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
