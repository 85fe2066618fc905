// A copy of sweep.db that reads as the file did between two of its changes: who reads it keeps no writer waiting.
//
//   const LedgerSnapshot snapshot(folder.ledger());
//   SQLite::Database database(snapshot.file());  // open for writing: a killed writer's half change is undone there
#pragma once

#include <filesystem>

namespace unmask {

/// With the file's journal, in a temporary folder that is gone with this.
class LedgerSnapshot {
 public:
  /// THROWS Error(kFailed) where it can't be copied, or is written again and again.
  explicit LedgerSnapshot(const std::filesystem::path& original);
  ~LedgerSnapshot();
  LedgerSnapshot(const LedgerSnapshot&) = delete;
  std::filesystem::path file() const { return folder_ / "sweep.db"; }

 private:
  void take(const std::filesystem::path& original) const;
  void remove() const;

  std::filesystem::path folder_;
};

}  // namespace unmask
