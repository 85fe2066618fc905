#include "sweep/run/ledger_snapshot.h"

#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <fstream>
#include <functional>
#include <utility>

#include <gtest/gtest.h>

#include "base/durable_file.h"
#include "base/error.h"
#include "tests/support/temporary_folder.h"

namespace {
std::function<void()> after_copying;  // once
int copies = 0;
}  // namespace

/// What the library copies files by.
extern "C" ssize_t sendfile(int to, int from, off_t* offset, std::size_t bytes) noexcept {
  const long copied = ::syscall(SYS_sendfile, to, from, offset, bytes);
  ++copies;
  if (const auto work = std::exchange(after_copying, nullptr)) work();
  return copied;
}

namespace unmask {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) { return read_text_file(file, 1 << 20); }

TEST(LedgerSnapshotTest, HoldsTheFileAndItsJournalAndIsGoneInTheEnd) {
  const test_support::TemporaryFolder folder;
  const fs::path file = folder / "any.db";
  std::ofstream(file) << "pages";
  fs::path copied;
  {
    const LedgerSnapshot snapshot(file);
    copied = snapshot.file();
    EXPECT_EQ(text_of(copied), "pages");
    EXPECT_FALSE(fs::exists(copied.string() + "-journal")) << "nobody writes";
    std::ofstream(file) << "other pages";
    EXPECT_EQ(text_of(copied), "pages");
  }
  EXPECT_FALSE(fs::exists(copied.parent_path()));
  std::ofstream(file.string() + "-journal") << "half a change";
  const LedgerSnapshot snapshot(file);
  EXPECT_EQ(text_of(snapshot.file().string() + "-journal"), "half a change");
}

// Two changes within a tick of the file system's clock have one time.
TEST(LedgerSnapshotTest, AChangeMeanwhileIsSeenWhateverTheClockSays) {
  const test_support::TemporaryFolder folder;
  const fs::path file = folder / "any.db", journal = file.string() + "-journal";
  std::ofstream(file) << "pages";
  std::ofstream(journal) << "the pages before";
  const auto time = fs::last_write_time(file);
  after_copying = [&] {
    std::ofstream(file) << "other";
    fs::last_write_time(file, time);
  };
  EXPECT_EQ(text_of(LedgerSnapshot(file).file()), "other") << "the change is complete";
  copies = 0;
  after_copying = [&] { fs::remove(journal); };
  EXPECT_FALSE(fs::exists(LedgerSnapshot(file).file().string() + "-journal"));
  EXPECT_EQ(copies, 2) << "pages of half a change don't go without a journal";
  std::ofstream(journal) << "of one change";
  copies = 0;
  after_copying = [&] { std::ofstream(journal) << "of the next"; };
  EXPECT_EQ(text_of(LedgerSnapshot(file).file().string() + "-journal"), "of the next");
  EXPECT_EQ(copies, 4) << "pages of one change don't go with another's journal";
}

TEST(LedgerSnapshotTest, WhatCantBeCopiedIsNamed) {
  const test_support::TemporaryFolder folder;
  try {
    const LedgerSnapshot snapshot(folder / "none.db");
    FAIL() << "nothing was copied";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find((folder / "none.db").string() + ": can't be copied"), std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace unmask
