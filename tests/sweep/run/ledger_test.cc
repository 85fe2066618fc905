#include "sweep/run/ledger.h"

#include <sqlite3.h>
#include <unistd.h>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "base/durable_file.h"
#include "base/error.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

class LedgerTest : public testing::Test {
 protected:
  LedgerTest() : root_(fs::temp_directory_path() / ("ledger_test." + std::to_string(::getpid()))), folder_(root_) {
    fs::create_directories(root_);
  }
  ~LedgerTest() override { fs::remove_all(root_); }

  static TrialRecord record(int id) {
    TrialRecord record;
    record.id = id;
    record.state = TrialState::kFailed;
    record.reason = "step 12: rank 1: layer4.1.conv2.weight: \"not finite\", gr\xC3\xBC\xC3\x9F";
    record.retriable = true;
    record.attempts = 2;
    record.idle_starts = 1;
    record.starts = 9;
    record.start_step = 40;
    record.step = 44;
    record.config_digest = "abc";
    record.point_index = 5;
    record.repeat = 1;
    record.cohort = 2;
    record.point = {{"optimizer.max_lr", "1e-4"}, {"model.head", "\"hidden\""}};
    record.history = {{1, 10, 1e-5, 0.7, 0.5, {{"base", 0.6, 0.5, 0.5, std::nullopt, 0.8125}}}};
    record.best_epoch = 1;
    record.objective = "0.8125";
    record.rungs = {{0, true, "passed"}};
    record.test = {{"held-out", 0.6, 0.5, 0.5, 0.25, std::nullopt}};
    return record;
  }
  fs::path root_;
  RunFolder folder_;
};

TEST_F(LedgerTest, GivesBackWhatWasPut) {
  {
    Ledger ledger(folder_);
    ledger.put(record(0));
    ledger.put(record(7));
    TrialRecord again = record(7);
    again.state = TrialState::kDone;
    ledger.put(again);
  }
  const Ledger ledger(folder_);
  ASSERT_EQ(ledger.trials().size(), 2u);
  EXPECT_EQ(ledger.find(0), record(0));
  EXPECT_EQ(ledger.find(7)->state, TrialState::kDone);
  EXPECT_FALSE(ledger.find(3).has_value());
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
  EXPECT_EQ(ledger.find(0), record(0));
  EXPECT_EQ(ledger.find(12), record(12));
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
      ASSERT_EQ(ledger.find(3), record(3)) << "byte " << at;
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
  EXPECT_EQ(ledger.find(3), record(3));
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

TEST(TrialStateTest, WordsAreRead) {
  for (const auto state : {TrialState::kWaiting, TrialState::kRunning, TrialState::kPaused, TrialState::kDone,
                           TrialState::kStopped, TrialState::kFailed}) {
    EXPECT_EQ(from_word<TrialState>(to_word(state)), state);
  }
  EXPECT_FALSE(from_word<TrialState>("finished").has_value());
}

TEST(RunFolderTest, FindsTheNewestCheckpoint) {
  const fs::path root = fs::temp_directory_path() / ("run_folder_test." + std::to_string(::getpid()));
  const RunFolder folder(root);
  EXPECT_EQ(folder.trial(7), root / "trials" / "0007");
  EXPECT_EQ(folder.newest_checkpoint_step(7), 0);
  fs::create_directories(folder.trial(7) / "checkpoints");
  for (const char* name : {"step-00000420.safetensors", "step-00000060.safetensors", "step-x.safetensors",
                           "step-00000999.safetensors.tmp-3"}) {
    std::ofstream(folder.trial(7) / "checkpoints" / name) << "x";
  }
  EXPECT_EQ(folder.newest_checkpoint_step(7), 420);
  fs::remove_all(root);
}

TEST_F(LedgerTest, ReadingAloneChangesNothing) {
  {
    Ledger ledger(folder_);
    ledger.put(record(0));
    ledger.put(record(7));
  }
  const std::string before = read_text_file(folder_.ledger(), 1 << 20);
  EXPECT_EQ(read_ledger(folder_), (std::vector<TrialRecord>{record(0), record(7)}));
  EXPECT_EQ(read_text_file(folder_.ledger(), 1 << 20), before);
  fs::remove(folder_.ledger());
  EXPECT_THROW(read_ledger(folder_), Error);
  EXPECT_FALSE(fs::exists(folder_.ledger()));
}

}  // namespace
}  // namespace unmask
