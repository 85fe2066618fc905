#include "report/optuna_storage.h"

#include <unistd.h>
#include <algorithm>
#include <cmath>
#include <sstream>

#include <SQLiteCpp/SQLiteCpp.h>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/table_text.h"
#include "report/optuna_schema.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr char kRunAttribute[] = "unmask.run";  // of a study: written by a report, from this folder

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
  if (trial.brief.allows_leaks) attributes.emplace_back("leaks", "allowed");
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

}  // namespace

void write_optuna_storage(const fs::path& file, const std::vector<OptunaStudy>& studies) {
  refuse_foreign_file(file);
  const fs::path temporary = file.string() + ".new-" + std::to_string(::getpid());
  std::error_code ignored;
  fs::remove(temporary, ignored);
  try {
    {
      SQLite::Database database(temporary.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
      make_optuna_tables(database);
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
