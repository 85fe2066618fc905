#include "sweep/run/ledger.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <span>
#include <sstream>
#include <utility>

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>
#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "base/durable_file.h"
#include "base/error.h"
#include "sweep/run/ledger_snapshot.h"
#include "sweep/run/run_lock.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

constexpr char kFormat[] = "unmask.ledger.2";
constexpr int kPatienceMs = 600'000;                                  // with whoever reads
constexpr char kWithLocks[] = "unix", kWithoutLocks[] = "unix-none";  // SQLite's names for ways to a file

/// All but history and test, which are text already.
nlohmann::ordered_json to_json(const TrialRecord& record) {
  nlohmann::ordered_json point = nlohmann::ordered_json::array(), rungs = nlohmann::ordered_json::array();
  for (const auto& [key, toml] : record.point) point.push_back({key, toml});
  for (const PassedRung& rung : record.rungs) {
    rungs.push_back({{"rung", rung.rung}, {"goes_on", rung.goes_on}, {"reason", rung.reason}, {"value", nullptr}});
    if (rung.value) rungs.back()["value"] = *rung.value;
  }
  return {{"id", record.id},
          {"point_index", record.point_index},
          {"repeat", record.repeat},
          {"cohort", record.cohort},
          {"drawn", record.drawn},
          {"point", point},
          {"state", to_word(record.state)},
          {"reason", record.reason},
          {"retriable", record.retriable},
          {"attempts", record.failures},
          {"idle_starts", record.idle_starts},
          {"starts", record.starts},
          {"start_step", record.start_step},
          {"step", record.step},
          {"stepless_starts", record.stepless_starts},
          {"memory_kills", record.memory_kills},
          {"config_digest", record.config_digest},
          {"numerics", record.numerics},
          {"best_epoch", record.best_epoch},
          {"objective", record.objective},
          {"rungs", rungs}};
}

TrialRecord record_of(const nlohmann::ordered_json& json) {
  TrialRecord record;
  const auto state = from_word<TrialState>(json.at("state").get<std::string>());
  if (!state) throw std::runtime_error("unknown state");
  record.state = *state;
  json.at("id").get_to(record.id);
  json.at("point_index").get_to(record.point_index);
  json.at("repeat").get_to(record.repeat);
  json.at("cohort").get_to(record.cohort);
  json.at("drawn").get_to(record.drawn);
  for (const auto& pair : json.at("point"))
    record.point.emplace_back(pair.at(0).get<std::string>(), pair.at(1).get<std::string>());
  json.at("reason").get_to(record.reason);
  json.at("retriable").get_to(record.retriable);
  json.at("attempts").get_to(record.failures);
  json.at("idle_starts").get_to(record.idle_starts);
  json.at("starts").get_to(record.starts);
  json.at("start_step").get_to(record.start_step);
  json.at("step").get_to(record.step);
  record.stepless_starts = json.value("stepless_starts", 0);
  record.memory_kills = json.value("memory_kills", std::int64_t{0});
  json.at("config_digest").get_to(record.config_digest);
  record.numerics = json.value("numerics", std::vector<std::string>());
  json.at("best_epoch").get_to(record.best_epoch);
  json.at("objective").get_to(record.objective);
  for (const auto& rung : json.at("rungs")) {
    record.rungs.push_back({rung.at("rung").get<int>(), rung.at("goes_on").get<bool>(),
                            rung.at("reason").get<std::string>(), std::nullopt});
    const auto value = rung.find("value");  // an older ledger has none
    if (value != rung.end() && !value->is_null()) record.rungs.back().value = value->get<double>();
  }
  record.history = history_from_json(json.at("history").dump());
  record.test = scores_from_json(json.at("test").dump());
  return record;
}

std::string text_of(const TrialRecord& record) {
  std::string text = to_json(record).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  text.pop_back();  // its brace
  return text + ",\"history\":" + history_json(record.history) + ",\"test\":" + scores_json(record.test) + "}";
}

std::string checksum(int id, const std::string& state, const std::string& text) {
  const std::string all = std::to_string(id) + "\n" + state + "\n" + text;
  return to_hex(digest128(std::as_bytes(std::span(all.data(), all.size()))));
}

Error damaged(const std::filesystem::path& file, const std::string& what) {
  return Error(ErrorKind::kData, file.string() + ": " + what +
                                     "; move this file away and start again: it is made anew from trials/*/trial.json");
}

/// SQLite's own errors with the file's name; "database or disk is full" and the like are no damage.
template <typename Work>
auto guarded(const std::filesystem::path& file, const Work& work) {
  try {
    return work();
  } catch (const SQLite::Exception& error) {
    const int code = error.getErrorCode();
    if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_ERROR) {
      throw damaged(file, std::string("damaged: ") + error.what());
    }
    throw Error(ErrorKind::kFailed, file.string() + ": " + error.what());
  }
}

void check_format(const std::filesystem::path& file, const SQLite::Database& database) {
  SQLite::Statement format(database, "SELECT value FROM run WHERE key = 'format'");
  if (!format.executeStep() || format.getColumn(0).getString() != kFormat) {
    throw damaged(file, "is not a ledger of this version (wanted " + std::string(kFormat) + ")");
  }
}

Error damaged_row(const std::filesystem::path& file, int id) {
  return damaged(file, "trial " + std::to_string(id) + ": row is damaged (checksum differs)");
}

/// `take` gets each whole row, in order of id: its id and its record's text.
template <typename Take>
void read_rows(const std::filesystem::path& file, const SQLite::Database& database, const Take& take) {
  SQLite::Statement query(database, "SELECT id, state, record, checksum FROM trial ORDER BY id");
  while (query.executeStep()) {
    const int id = query.getColumn(0).getInt();
    const std::string state = query.getColumn(1).getString(), text = query.getColumn(2).getString();
    if (checksum(id, state, text) != query.getColumn(3).getString()) throw damaged_row(file, id);
    take(id, text);
  }
}

std::vector<TrialRecord> all_rows(const std::filesystem::path& file, const SQLite::Database& database) {
  std::vector<TrialRecord> records;
  read_rows(file, database, [&](int id, const std::string& text) {
    try {
      records.push_back(record_of(nlohmann::ordered_json::parse(text)));
    } catch (const std::exception&) {
      throw damaged_row(file, id);
    }
  });
  return records;
}

/// Where the file system has no locks (Lustre without flock, NFS without its lock daemon) SQLite takes that for a file
/// that somebody else holds. There it goes without: the run's lock keeps other writers out, and readers take copies.
/// Not while SQLite has the file open.
const char* way_to(const std::filesystem::path& file) { return has_record_locks(file) ? kWithLocks : kWithoutLocks; }

}  // namespace

struct Ledger::Database {
  explicit Database(const std::filesystem::path& file)
      : sqlite(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kPatienceMs, way_to(file)) {
    sqlite.exec("PRAGMA journal_mode = DELETE");  // not WAL: run folders stand on network file systems
    sqlite.exec("PRAGMA synchronous = FULL");
    SQLite::Statement check(sqlite, "PRAGMA quick_check");
    if (check.executeStep() && check.getColumn(0).getString() != "ok") {
      throw damaged(file, "damaged: " + check.getColumn(0).getString());
    }
    sqlite.exec("CREATE TABLE IF NOT EXISTS run (key TEXT PRIMARY KEY, value TEXT NOT NULL)");
    sqlite.exec(
        "CREATE TABLE IF NOT EXISTS trial (id INTEGER PRIMARY KEY, state TEXT NOT NULL, record TEXT NOT NULL, "
        "checksum TEXT NOT NULL)");
    sqlite.exec(std::string("INSERT OR IGNORE INTO run VALUES ('format', '") + kFormat + "')");
    check_format(file, sqlite);
  }
  SQLite::Database sqlite;
};

Ledger::Ledger(const RunFolder& folder) : folder_(folder) {
  // SQLite takes a file of a few bytes for an empty one. Without any byte it is one: a start that was killed at once.
  std::error_code none;
  const auto bytes = std::filesystem::file_size(folder_.ledger(), none);
  if (!none && bytes > 0 && bytes < 512) throw damaged(folder_.ledger(), "truncated");
  database_ = guarded(folder_.ledger(), [&] { return std::make_unique<Database>(folder_.ledger()); });
  rebuild();
}

Ledger::~Ledger() = default;

std::vector<TrialRecord> Ledger::trials() const {
  return guarded(folder_.ledger(), [&] { return all_rows(folder_.ledger(), database_->sqlite); });
}

Ledger::Batch::~Batch() {
  ledger_.waits_ = false;
  ledger_.rows_.clear();
  ledger_.with_copy_.clear();
  ledger_.then_.clear();
}

void Ledger::put(const TrialRecord& record) {
  with_copy_.insert(record.id);
  add({record});
}

void Ledger::add(const std::vector<TrialRecord>& records) {
  for (const TrialRecord& record : records) rows_[record.id] = record;
  if (!waits_) commit();
}

void Ledger::then(std::function<void()> work) {
  if (rows_.empty()) return work();
  then_.push_back(std::move(work));
}

void Ledger::commit() {
  if (rows_.empty()) return;
  guarded(folder_.ledger(), [&] { write_rows(); });
  for (const int id : std::exchange(with_copy_, {})) {
    std::filesystem::create_directories(folder_.trial(id));
    replace_file(folder_.trial_record(id), text_of(rows_.at(id)) + "\n");
  }
  rows_.clear();
  for (const auto& work : std::exchange(then_, {})) work();
}

void Ledger::write_rows() {
  SQLite::Transaction transaction(database_->sqlite);
  SQLite::Statement write(database_->sqlite, "INSERT OR REPLACE INTO trial VALUES (?, ?, ?, ?)");
  for (const auto& [id, record] : rows_) {
    const std::string text = text_of(record), state = to_word(record.state);
    write.bind(1, id);
    write.bind(2, state);
    write.bind(3, text);
    write.bind(4, checksum(id, state, text));
    write.exec();
    write.reset();
  }
  transaction.commit();
}

void Ledger::record_plan(const std::vector<PlannedTrial>& trials) {
  std::string lines;
  for (const PlannedTrial& trial : trials) {
    TrialRecord record;
    static_cast<PlannedTrial&>(record) = trial;
    lines += text_of(record) + "\n";
  }
  std::filesystem::create_directories(folder_.trials());
  write_file_durably(folder_.planned(), lines);
}

void Ledger::rebuild_planned() {
  if (!std::filesystem::exists(folder_.planned())) return;  // of an earlier build
  std::set<int> known;
  for (const TrialRecord& record : trials()) known.insert(record.id);
  std::vector<TrialRecord> missing;
  std::istringstream lines(read_text_file(folder_.planned(), 1 << 30));
  try {
    for (std::string line; std::getline(lines, line);) {
      const TrialRecord record = record_of(nlohmann::ordered_json::parse(line));
      if (!known.contains(record.id)) missing.push_back(record);
    }
  } catch (const std::exception& error) {
    throw Error(ErrorKind::kData, folder_.planned().string() + ": damaged (" + error.what() +
                                      "); move it away: trials that never started are then planned anew");
  }
  add(missing);
}

void Ledger::rebuild() {
  std::set<std::string> known;  // their folders
  guarded(folder_.ledger(), [&] {
    read_rows(folder_.ledger(), database_->sqlite,
              [&](int id, const std::string&) { known.insert(folder_.trial(id).filename().string()); });
  });
  const Batch batch(*this);
  std::error_code none;
  for (const auto& trial : std::filesystem::directory_iterator(folder_.trials(), none)) {
    const std::filesystem::path file = trial.path() / "trial.json";
    if (known.contains(trial.path().filename().string()) || !std::filesystem::exists(file)) continue;
    try {
      const std::string text = read_text_file(file, 1 << 20);
      if (text.empty()) continue;  // not on disk yet when the machine went down: as if the trial had not started
      const TrialRecord record = record_of(nlohmann::ordered_json::parse(text));
      if (folder_.trial(record.id).filename() != trial.path().filename())
        throw std::runtime_error("id differs from folder");
      add({record});
      rebuilt_ = true;
    } catch (const std::exception& error) {
      throw Error(ErrorKind::kData, file.string() + ": damaged (" + error.what() +
                                        "); the ledger cannot be made anew from it: move the trial's folder away");
    }
  }
  commit();
  if (rebuilt_) rebuild_planned();
  commit();
}

std::vector<TrialRecord> read_ledger(const RunFolder& folder) {
  const std::filesystem::path file = folder.ledger();
  if (!std::filesystem::exists(file)) {
    throw Error(ErrorKind::kData, file.string() +
                                      ": is missing; start the run again: it is made anew from "
                                      "trials/*/trial.json");
  }
  const LedgerSnapshot snapshot(file);
  return guarded(file, [&] {
    // Not OPEN_READONLY: what a killed writer, or one at work, has done by half is undone in the copy, which is ours.
    SQLite::Database database(snapshot.file().string(), SQLite::OPEN_READWRITE, 0, kWithoutLocks);
    check_format(file, database);
    return all_rows(file, database);
  });
}

}  // namespace unmask
