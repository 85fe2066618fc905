#include "report/optuna_storage.h"

#include <unistd.h>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <optional>
#include <sstream>

#include <SQLiteCpp/SQLiteCpp.h>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/table_text.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

// The tables as Optuna 4 and 5 make them; tests/report/optuna_judge.py compares them with its own.
constexpr char kSchemaRevision[] = "v3.2.0.a", kLibraryVersion[] = "5.0.0";
constexpr int kSchemaVersion = 12;
constexpr char kRunAttribute[] = "unmask.run";  // of a study: written by a report, from this folder
constexpr char kSchema[] = R"sql(
CREATE TABLE alembic_version (
  version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
CREATE TABLE version_info (
  version_info_id INTEGER NOT NULL, schema_version INTEGER, library_version VARCHAR(256),
  PRIMARY KEY (version_info_id), CHECK (version_info_id=1));
CREATE TABLE studies (study_id INTEGER NOT NULL, study_name VARCHAR(512) NOT NULL, PRIMARY KEY (study_id));
CREATE UNIQUE INDEX ix_studies_study_name ON studies (study_name);
CREATE TABLE study_directions (
  study_direction_id INTEGER NOT NULL, direction VARCHAR(8) NOT NULL, study_id INTEGER NOT NULL,
  objective INTEGER NOT NULL, PRIMARY KEY (study_direction_id), UNIQUE (study_id, objective),
  FOREIGN KEY(study_id) REFERENCES studies (study_id));
CREATE TABLE study_user_attributes (
  study_user_attribute_id INTEGER NOT NULL, study_id INTEGER, "key" VARCHAR(512), value_json TEXT,
  PRIMARY KEY (study_user_attribute_id), UNIQUE (study_id, "key"),
  FOREIGN KEY(study_id) REFERENCES studies (study_id));
CREATE TABLE study_system_attributes (
  study_system_attribute_id INTEGER NOT NULL, study_id INTEGER, "key" VARCHAR(512), value_json TEXT,
  PRIMARY KEY (study_system_attribute_id), UNIQUE (study_id, "key"),
  FOREIGN KEY(study_id) REFERENCES studies (study_id));
CREATE TABLE trials (
  trial_id INTEGER NOT NULL, number INTEGER, study_id INTEGER, state VARCHAR(8) NOT NULL, datetime_start DATETIME,
  datetime_complete DATETIME, PRIMARY KEY (trial_id), FOREIGN KEY(study_id) REFERENCES studies (study_id));
CREATE INDEX ix_trials_study_id ON trials (study_id);
CREATE TABLE trial_user_attributes (
  trial_user_attribute_id INTEGER NOT NULL, trial_id INTEGER, "key" VARCHAR(512), value_json TEXT,
  PRIMARY KEY (trial_user_attribute_id), UNIQUE (trial_id, "key"),
  FOREIGN KEY(trial_id) REFERENCES trials (trial_id));
CREATE TABLE trial_system_attributes (
  trial_system_attribute_id INTEGER NOT NULL, trial_id INTEGER, "key" VARCHAR(512), value_json TEXT,
  PRIMARY KEY (trial_system_attribute_id), UNIQUE (trial_id, "key"),
  FOREIGN KEY(trial_id) REFERENCES trials (trial_id));
CREATE TABLE trial_params (
  param_id INTEGER NOT NULL, trial_id INTEGER, param_name VARCHAR(512), param_value FLOAT, distribution_json TEXT,
  PRIMARY KEY (param_id), UNIQUE (trial_id, param_name), FOREIGN KEY(trial_id) REFERENCES trials (trial_id));
CREATE TABLE trial_values (
  trial_value_id INTEGER NOT NULL, trial_id INTEGER NOT NULL, objective INTEGER NOT NULL, value FLOAT,
  value_type VARCHAR(7) NOT NULL, PRIMARY KEY (trial_value_id), UNIQUE (trial_id, objective),
  FOREIGN KEY(trial_id) REFERENCES trials (trial_id));
CREATE TABLE trial_intermediate_values (
  trial_intermediate_value_id INTEGER NOT NULL, trial_id INTEGER NOT NULL, step INTEGER NOT NULL,
  intermediate_value FLOAT, intermediate_value_type VARCHAR(7) NOT NULL,
  PRIMARY KEY (trial_intermediate_value_id), UNIQUE (trial_id, step),
  FOREIGN KEY(trial_id) REFERENCES trials (trial_id));
CREATE TABLE trial_heartbeats (
  trial_heartbeat_id INTEGER NOT NULL, trial_id INTEGER NOT NULL, heartbeat DATETIME NOT NULL,
  PRIMARY KEY (trial_heartbeat_id), UNIQUE (trial_id), FOREIGN KEY(trial_id) REFERENCES trials (trial_id));
)sql";

std::string json_text(const ordered_json& json) {
  return json.dump(-1, ' ', /*ensure_ascii=*/true, ordered_json::error_handler_t::replace);
}

/// TOML texts of single values are JSON as well; of the others (lists, mostly) Optuna is given the text.
ordered_json plain_value(const std::string& toml) {
  const ordered_json json = ordered_json::parse(toml, nullptr, false);
  return !json.is_discarded() && json.is_primitive() ? json : ordered_json(toml);
}

std::string distribution_json(const SpaceKey& key) {
  ordered_json attributes;
  std::string name = "FloatDistribution";
  switch (key.kind) {
    case SpaceKey::Kind::kChoice: {
      ordered_json choices = ordered_json::array();
      for (const std::string& choice : key.choices) choices.push_back(plain_value(choice));
      attributes["choices"] = choices;
      name = "CategoricalDistribution";
      break;
    }
    case SpaceKey::Kind::kInteger:
      attributes = {{"log", false},
                    {"step", 1},
                    {"low", static_cast<std::int64_t>(key.low)},
                    {"high", static_cast<std::int64_t>(key.high)}};
      name = "IntDistribution";
      break;
    case SpaceKey::Kind::kUniform:
    case SpaceKey::Kind::kLogUniform:
      attributes = {
          {"step", nullptr}, {"low", key.low}, {"high", key.high}, {"log", key.kind == SpaceKey::Kind::kLogUniform}};
      break;
  }
  return json_text({{"name", name}, {"attributes", attributes}});
}

/// As Optuna keeps it: a choice by its place.
double param_value(const SpaceKey& key, const std::string& toml) {
  if (key.kind != SpaceKey::Kind::kChoice) return std::stod(toml);
  const auto found = std::find(key.choices.begin(), key.choices.end(), toml);
  if (found == key.choices.end()) {
    throw Error(ErrorKind::kData, key.key + ": a trial has " + toml + ", which is none of the config's choices");
  }
  return static_cast<double>(found - key.choices.begin());
}

/// What ranks has a value; a trial that is done without one has failed in Optuna's eyes.
std::string optuna_state(const TrialRecord& record) {
  switch (record.state) {
    case TrialState::kDone: return record.objective.empty() ? "FAIL" : "COMPLETE";
    case TrialState::kStoppedEarly: return "PRUNED";
    case TrialState::kFailed: return "FAIL";
    case TrialState::kRunning: return "RUNNING";
    case TrialState::kWaiting:
    case TrialState::kPaused: break;
  }
  return "WAITING";
}

std::string value_type(double value) {
  if (std::isnan(value)) return "NAN";
  if (std::isinf(value)) return value > 0 ? "INF_POS" : "INF_NEG";
  return "FINITE";
}

/// One INSERT, prepared once. Empty text and numbers that are not finite become NULL.
class Insert {
 public:
  Insert(SQLite::Database& database, const std::string& into) : statement_(database, "INSERT INTO " + into) {}
  template <typename... Values>
  void operator()(const Values&... values) {
    int at = 0;
    (bind(++at, values), ...);
    statement_.exec();
    statement_.reset();
  }

 private:
  void bind(int at, int value) { statement_.bind(at, value); }
  void bind(int at, double value) {
    if (std::isfinite(value)) {
      statement_.bind(at, value);
    } else {
      statement_.bind(at);
    }
  }
  void bind(int at, const std::string& text) {
    if (text.empty()) {
      statement_.bind(at);
    } else {
      statement_.bind(at, text);
    }
  }
  SQLite::Statement statement_;
};

/// What else is known of a trial; the best epoch's scores under the names that they have in results.csv.
std::vector<std::pair<std::string, ordered_json>> user_attributes(const SweepTrial& trial) {
  const TrialRecord& record = trial.record;
  std::vector<std::pair<std::string, ordered_json>> attributes = {
      {"trial", record.id}, {"repeat", record.repeat}, {"state", to_word(record.state)}};
  if (!trial.brief.config.empty()) {
    attributes.emplace_back("seed", trial.brief.seed);
    attributes.emplace_back("train", train_set(trial.brief.train));
  }
  if (!record.reason.empty()) attributes.emplace_back("reason", record.reason);
  if (record.best_epoch == 0) return attributes;
  attributes.emplace_back("best_epoch", record.best_epoch);
  const auto best = std::ranges::find(record.history, record.best_epoch, &EpochRow::epoch);
  if (best == record.history.end()) return attributes;
  std::istringstream csv(metrics_csv({*best}, trial.brief.val));
  std::string header, line;
  std::getline(csv, header);
  std::getline(csv, line);
  const auto columns = split_csv(header), cells = split_csv(line);
  for (std::size_t i = 0; i < columns.size() && i < cells.size(); ++i) {
    if (columns[i].find('.') == std::string::npos || cells[i].empty()) continue;  // the columns of a val dataset
    attributes.emplace_back(columns[i], plain_value(cells[i]));
  }
  return attributes;
}

SQLite::Database new_storage(const fs::path& file) {
  SQLite::Database database(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  database.exec("BEGIN;" + std::string(kSchema) + "COMMIT;");
  Insert(database, "version_info VALUES (1, ?, ?)")(kSchemaVersion, std::string(kLibraryVersion));
  Insert(database, "alembic_version VALUES (?)")(std::string(kSchemaRevision));
  return database;
}

class StorageWriter {
 public:
  explicit StorageWriter(SQLite::Database& database)
      : study_(database, "studies VALUES (?, ?)"),
        direction_(database, "study_directions VALUES (NULL, 'MAXIMIZE', ?, 0)"),
        study_attribute_(database, "study_user_attributes VALUES (NULL, ?, ?, ?)"),
        trial_(database, "trials VALUES (?, ?, ?, ?, ?, ?)"),
        param_(database, "trial_params VALUES (NULL, ?, ?, ?, ?)"),
        value_(database, "trial_values VALUES (NULL, ?, 0, ?, ?)"),
        intermediate_(database, "trial_intermediate_values VALUES (NULL, ?, ?, ?, ?)"),
        attribute_(database, "trial_user_attributes VALUES (NULL, ?, ?, ?)") {}

  void add(const OptunaStudy& study) {
    study_(++studies_, study.name);
    direction_(studies_);
    study_attribute_(studies_, std::string(kRunAttribute), json_text(study.folder));
    int number = 0;
    for (const SweepTrial& trial : study.trials) {
      const auto found = study.times.find(trial.record.id);
      const TrialTimes times = found == study.times.end() ? TrialTimes() : found->second;
      const std::string state = optuna_state(trial.record);
      const bool over = state != "WAITING" && state != "RUNNING";
      trial_(++trials_, number++, studies_, state, times.start, over ? times.complete : "");
      add_params(trial.record, study.space);
      add_values(trial, study.objective);
      for (const auto& [key, value] : user_attributes(trial)) attribute_(trials_, key, json_text(value));
    }
  }

 private:
  void add_params(const TrialRecord& record, const std::vector<SpaceKey>& space) {
    for (const auto& [name, toml] : record.point) {
      const auto key = std::ranges::find(space, name, &SpaceKey::key);
      if (key == space.end()) {
        throw Error(ErrorKind::kData, "trial " + std::to_string(record.id) + " varies " + name +
                                          ", the run's config.toml doesn't: one of them is damaged");
      }
      param_(trials_, name, param_value(*key, toml), distribution_json(*key));
    }
  }

  void add_values(const SweepTrial& trial, const Objective& objective) {
    const TrialRecord& record = trial.record;
    const bool ranks = record.state == TrialState::kDone || record.state == TrialState::kStoppedEarly;
    if (ranks && !record.objective.empty()) {
      const double value = std::stod(record.objective);
      value_(trials_, value, value_type(value));
    }
    for (const EpochRow& row : record.history) {
      const double value = objective_value(objective, row, trial.brief.train).value_or(std::nan(""));
      intermediate_(trials_, row.epoch, value, value_type(value));
    }
  }

  Insert study_, direction_, study_attribute_, trial_, param_, value_, intermediate_, attribute_;
  int studies_ = 0, trials_ = 0;
};

/// Only what an earlier report wrote may be replaced: another study may be the only copy of somebody's work.
void refuse_foreign_file(const fs::path& file) {
  const auto refuse = [&](const std::string& what) {
    throw Error(ErrorKind::kUsage, file.string() + ": " + what + "; choose another file, or move this one away");
  };
  if (!fs::exists(file)) return;
  if (!fs::is_regular_file(file)) refuse("is no file");
  try {
    const SQLite::Database database(file.string(), SQLite::OPEN_READONLY);
    if (!database.tableExists("version_info") || !database.tableExists("study_user_attributes"))
      refuse("is there and is no Optuna storage");
    SQLite::Statement foreign(database,
                              "SELECT study_name FROM studies WHERE study_id NOT IN "
                              "(SELECT study_id FROM study_user_attributes WHERE key = ?)");
    foreign.bind(1, kRunAttribute);
    if (foreign.executeStep())
      refuse("holds the study \"" + foreign.getColumn(0).getString() + "\", which no report wrote");
  } catch (const SQLite::Exception&) {
    refuse("is there and is no Optuna storage");
  }
}

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
    TrialTimes& its = times[std::atoi(cells[trial].c_str())];
    if (its.start.empty()) its.start = datetime_text(*end - wall_s);
    its.complete = datetime_text(*end);
  }
  return times;
}

void write_optuna_storage(const fs::path& file, const std::vector<OptunaStudy>& studies) {
  refuse_foreign_file(file);
  const fs::path temporary = file.string() + ".new-" + std::to_string(::getpid());
  std::error_code ignored;
  fs::remove(temporary, ignored);
  try {
    {
      SQLite::Database database = new_storage(temporary);
      SQLite::Transaction transaction(database);
      StorageWriter writer(database);
      for (const OptunaStudy& study : studies) writer.add(study);
      transaction.commit();
    }
    fs::rename(temporary, file);
  } catch (const Error&) {
    fs::remove(temporary, ignored);
    throw;
  } catch (const std::exception& error) {
    fs::remove(temporary, ignored);
    throw Error(ErrorKind::kFailed, file.string() + ": cannot be written: " + error.what());
  }
}

}  // namespace unmask
