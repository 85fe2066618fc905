#include "sweep/run/ledger.h"

#include <sqlite3.h>
#include <unistd.h>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "base/durable_file.h"
#include "base/error.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_folder.h"

namespace {
// SQLite's waits take no time here, and somebody reads until they add up to `read_s`.
double read_s = 0;
sqlite3* reader = nullptr;

int wait_for_reader(double seconds) {
  read_s -= seconds;
  if (read_s <= 0 && reader != nullptr) {
    sqlite3_close(reader);
    reader = nullptr;
  }
  return 0;
}
}  // namespace

extern "C" int usleep(useconds_t us) { return wait_for_reader(1e-6 * us); }
extern "C" int nanosleep(const timespec* time, timespec*) {
  return wait_for_reader(static_cast<double>(time->tv_sec) + 1e-9 * static_cast<double>(time->tv_nsec));
}

namespace unmask {
namespace {

namespace fs = std::filesystem;

class LedgerTest : public testing::Test {
 protected:
  using Records = std::vector<TrialRecord>;

  static TrialRecord record(int id) {
    TrialRecord record;
    record.id = id;
    record.state = TrialState::kFailed;
    record.reason = "step 12: rank 1: layer4.1.conv2.weight: \"not finite\", gr\xC3\xBC\xC3\x9F";
    record.retriable = true;
    record.failures = 2;
    record.idle_starts = 1;
    record.starts = 9;
    record.start_step = 40;
    record.step = 44;
    record.stepless_starts = 4;
    record.memory_kills = 11;
    record.config_digest = "abc";
    record.point_index = 5;
    record.repeat = 1;
    record.cohort = 2;
    record.point = {{"optimizer.max_lr", "1e-4"}, {"model.head", "\"hidden\""}};
    record.history = {{1, 10, 1e-5, 0.7, 0.5, {{"base", 0.6, 0.5, 0.5, std::nullopt, 0.8125}}}};
    record.best_epoch = 1;
    record.objective = "0.8125";
    record.rungs = {{0, true, "passed", 0.1}, {1, false, "has no value", std::nullopt}};
    record.test = {{"held-out", 0.6, 0.5, 0.5, 0.25, std::nullopt}};
    return record;
  }
  test_support::TemporaryFolder temporary_;
  RunFolder folder_{temporary_.path()};
};

TEST_F(LedgerTest, GivesBackWhatWasPut) {
  TrialRecord again = record(7);
  {
    Ledger ledger(folder_);
    ledger.put(record(0));
    ledger.put(record(7));
    again.state = TrialState::kDone;
    ledger.put(again);
  }
  const Ledger ledger(folder_);
  EXPECT_EQ(ledger.trials(), (Records{record(0), again}));
  EXPECT_FALSE(ledger.rebuilt());
}

TEST_F(LedgerTest, MissingFileIsRebuiltFromTheTrials) {
  {
    Ledger ledger(folder_);
    ledger.put(record(0));
    ledger.put(record(12));
  }
  fs::remove(folder_.ledger());
  const Ledger ledger(folder_);
  EXPECT_TRUE(ledger.rebuilt());
  EXPECT_EQ(ledger.trials(), (Records{record(0), record(12)}));
}

TEST_F(LedgerTest, ChangedRowIsNamed) {
  { Ledger(folder_).put(record(3)); }
  sqlite3* sqlite = nullptr;
  ASSERT_EQ(sqlite3_open(folder_.ledger().c_str(), &sqlite), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(sqlite, "UPDATE trial SET state = 'done'", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(sqlite);
  try {
    const Ledger ledger(folder_);
    FAIL() << "a changed row was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_NE(std::string(error.what()).find("trial 3"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("sweep.db"), std::string::npos) << error.what();
  }
}

// SQLite itself lets many flips through; ours must never hand out another record.
TEST_F(LedgerTest, FlippedByteIsNeverTakenForARecord) {
  { Ledger(folder_).put(record(3)); }
  const std::string whole = read_text_file(folder_.ledger(), 1 << 20);
  const std::string text = record(3).reason.substr(0, 20);
  const std::size_t row = whole.find(text);
  ASSERT_NE(row, std::string::npos);
  int refused = 0, kept = 0;
  for (std::size_t at = 0; at<whole.size(); at += at> row - 300 && at < row + 900 ? 7 : 211) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x04);
    fs::remove(folder_.ledger().string() + "-journal");
    std::ofstream(folder_.ledger(), std::ios::binary | std::ios::trunc) << damaged;
    try {
      const Ledger ledger(folder_);
      ASSERT_EQ(ledger.trials(), Records{record(3)}) << "byte " << at;
      ++kept;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("sweep.db"), std::string::npos) << error.what();
      ++refused;
    }
  }
  EXPECT_GT(refused, 20);
  EXPECT_GT(kept, 0);  // bytes that SQLite doesn't use
}

TEST_F(LedgerTest, EmptyFileOfAKilledStartIsFilled) {
  { Ledger(folder_).put(record(3)); }
  std::ofstream(folder_.ledger(), std::ios::binary | std::ios::trunc) << "";
  const Ledger ledger(folder_);
  EXPECT_EQ(ledger.trials(), Records{record(3)});
}

TEST_F(LedgerTest, TruncatedFileIsRefused) {
  { Ledger(folder_).put(record(3)); }
  const std::string whole = read_text_file(folder_.ledger(), 1 << 20);
  for (const std::size_t length :
       {std::size_t{1}, std::size_t{50}, std::size_t{100}, whole.size() / 2, whole.size() - 1}) {
    std::ofstream(folder_.ledger(), std::ios::binary | std::ios::trunc) << whole.substr(0, length);
    EXPECT_THROW(Ledger{folder_}, Error) << length;
  }
}

TEST_F(LedgerTest, DamagedTrialFileIsNamedWhenRebuilding) {
  { Ledger(folder_).put(record(0)); }
  fs::remove(folder_.ledger());
  std::ofstream(folder_.trial_record(0)) << "{\"id\": 0}";
  try {
    const Ledger ledger(folder_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("trial.json"), std::string::npos) << error.what();
  }
}

// Runs that an earlier build began go on: these keys are its own.
TEST_F(LedgerTest, CountsKeepTheirKeys) {
  Ledger(folder_).put(record(3));
  EXPECT_NE(read_text_file(folder_.trial_record(3), 1 << 20)
                .find(R"("retriable":true,"attempts":2,"idle_starts":1,"starts":9,"start_step":40,"step":44,)"),
            std::string::npos);
}

// Such a run's rungs have no value of their own yet.
TEST_F(LedgerTest, ARungOfAnEarlierBuildComesBack) {
  { Ledger(folder_).put(record(3)); }
  std::string text = read_text_file(folder_.trial_record(3), 1 << 20);
  const std::string value = R"(,"value":0.1)";
  ASSERT_NE(text.find(value), std::string::npos) << text;
  write_file_durably(folder_.trial_record(3), text.erase(text.find(value), value.size()));
  fs::remove(folder_.ledger());
  TrialRecord older = record(3);
  older.rungs[0].value.reset();
  EXPECT_EQ(Ledger(folder_).trials(), Records{older});
}

TEST_F(LedgerTest, EveryStateComesBack) {
  Records records;
  for (const auto& word : words_of(TrialState())) {
    records.push_back(record(static_cast<int>(records.size())));
    records.back().state = word.value;
  }
  Ledger(folder_).add(records);
  EXPECT_EQ(read_ledger(folder_), records);
}

TEST_F(LedgerTest, IsReadWhileSomebodyWrites) {
  Ledger(folder_).add({record(0), record(7)});
  sqlite3* writer = nullptr;
  ASSERT_EQ(sqlite3_open(folder_.ledger().c_str(), &writer), SQLITE_OK);
  const auto run = [&](const char* sql) { return sqlite3_exec(writer, sql, nullptr, nullptr, nullptr); };
  // Pages of half a transaction are in the file: the cache is too small for them.
  ASSERT_EQ(run("PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN EXCLUSIVE; DELETE FROM trial;"
                "CREATE TABLE many (text); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 5000) "
                "INSERT INTO many SELECT printf('%200d', i) FROM n"),
            SQLITE_OK);
  EXPECT_EQ(read_ledger(folder_), (Records{record(0), record(7)}));
  ASSERT_EQ(run("ROLLBACK"), SQLITE_OK);
  sqlite3_close(writer);
}

TEST_F(LedgerTest, ReadingAloneChangesNothing) {
  {
    Ledger ledger(folder_);
    ledger.put(record(0));
    ledger.put(record(7));
  }
  const std::string before = read_text_file(folder_.ledger(), 1 << 20);
  EXPECT_EQ(read_ledger(folder_), (Records{record(0), record(7)}));
  EXPECT_EQ(read_text_file(folder_.ledger(), 1 << 20), before);
  fs::remove(folder_.ledger());
  EXPECT_THROW(read_ledger(folder_), Error);
  EXPECT_FALSE(fs::exists(folder_.ledger()));
}

TEST_F(LedgerTest, ABatchIsWrittenAsAWholeOrNotAtAll) {
  Ledger ledger(folder_);
  int followed = 0;
  {
    const Ledger::Batch batch(ledger);
    ledger.put(record(1));
    ledger.add({record(2)});
    ledger.then([&] { ++followed; });
    EXPECT_EQ(read_ledger(folder_), Records{});
    EXPECT_FALSE(fs::exists(folder_.trial_record(1)));
    EXPECT_EQ(followed, 0);
    ledger.commit();
    EXPECT_EQ(followed, 1);
    ledger.put(record(3));
    ledger.then([&] { ++followed; });
  }
  EXPECT_EQ(read_ledger(folder_), (Records{record(1), record(2)})) << "what nobody committed is dropped";
  EXPECT_TRUE(fs::exists(folder_.trial_record(1)));
  EXPECT_FALSE(fs::exists(folder_.trial_record(2))) << "it never started";
  EXPECT_FALSE(fs::exists(folder_.trial_record(3)));
  ledger.then([&] { ++followed; });
  EXPECT_EQ(followed, 2) << "nothing waits: at once";
}

TEST_F(LedgerTest, SomebodyWhoReadsForAMinuteEndsNothing) {
  Ledger ledger(folder_);
  ledger.put(record(1));
  ASSERT_EQ(sqlite3_open(folder_.ledger().c_str(), &reader), SQLITE_OK);
  const char* const read = "BEGIN; SELECT * FROM trial";
  ASSERT_EQ(sqlite3_exec(reader, read, nullptr, nullptr, nullptr), SQLITE_OK);
  read_s = 60;
  ledger.put(record(2));
  EXPECT_LE(read_s, 0) << "it waited";
  EXPECT_EQ(ledger.trials(), (Records{record(1), record(2)}));
}

// Lustre without flock, and its like. The run's lock keeps other writers out there, so the ledger goes without.
TEST_F(LedgerTest, WorksWhereTheFileSystemHasNoLocks) {
  for (const int error : {ENOLCK, ENOSYS, EOPNOTSUPP}) {
    const auto child = test_support::run_in_child([&] {
      test_support::make_file_locks_fail(error);
      Ledger ledger(folder_);
      ledger.put(record(error));
      if (read_ledger(folder_) != ledger.trials()) throw Error(ErrorKind::kData, "read otherwise");
    });
    EXPECT_EQ(child.error, "") << error;
    EXPECT_EQ(child.exit_code, 0) << error;
  }
  EXPECT_EQ(Ledger(folder_).trials(), (Records{record(ENOLCK), record(ENOSYS), record(EOPNOTSUPP)}));
}

// trial.json is a copy that nothing waits for: after a power cut it may be there without its text.
TEST_F(LedgerTest, ACopyThatNeverReachedTheDiskIsNoDamage) {
  {
    Ledger ledger(folder_);
    ledger.put(record(0));
    ledger.put(record(1));
  }
  fs::remove(folder_.ledger());
  std::ofstream(folder_.trial_record(1), std::ios::trunc).flush();
  EXPECT_EQ(Ledger(folder_).trials(), Records{record(0)});
}

}  // namespace
}  // namespace unmask
